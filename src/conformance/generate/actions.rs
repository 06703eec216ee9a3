//! What the Ms, Ps and Gs do: each action changes the world and writes the event that tells of it.

use procsteal_wire::{EventType, go_status, proc_status};

use super::world::{Gc, World};
use super::{once_in, pick};

impl World {
    /// Some thread does something that it may do; the rest of a trace's events are such steps.
    pub(super) fn step(&mut self) {
        let thread = self.rng.usize(..self.threads.len());
        let mistakes = self.shape.mistakes;
        if mistakes.strikes(&mut self.rng) {
            self.write_anything(thread);
        }
        if self.nobody() == Some(thread) && !once_in(&mut self.rng, 60) {
            return self.unblock(thread);
        }
        self.declare_own(thread);
        let Some(proc) = self.threads[thread].proc else { return self.step_without_proc(thread) };
        match self.threads[thread].goroutine {
            None => self.step_idle(thread, proc),
            Some(goroutine) => match self.goroutine(goroutine).map(|it| it.status) {
                Some(go_status::SYSCALL) => self.step_in_syscall(thread, proc, goroutine),
                _ => self.step_running(thread, proc, goroutine),
            },
        }
    }

    /// A thread that has no P: it gets one, or comes back from its system call without.
    fn step_without_proc(&mut self, thread: usize) {
        match (self.threads[thread].goroutine, self.rng.u32(..6)) {
            (Some(goroutine), 0..=2) => self.end_syscall_blocked(thread, goroutine),
            (Some(goroutine), 3) => self.destroy_in_syscall(thread, goroutine),
            (None, 0) => self.create_in_syscall(thread),
            (_, 4) => self.steal(thread),
            (_, 5) => self.unblock(thread),
            _ => self.start_proc(thread),
        }
    }

    /// A thread with a P and no goroutine.
    fn step_idle(&mut self, thread: usize, proc: usize) {
        match self.rng.u32(..9) {
            0 => self.stop_proc(thread, proc),
            1 => self.steal(thread),
            2 => self.unblock(thread),
            3 => self.create(thread),
            4 => self.sweep(thread, proc),
            5 => self.write_heap(thread),
            6 if self.procs[proc].status == proc_status::SYSCALL => self.create_in_syscall(thread),
            _ => self.start_goroutine(thread),
        }
    }

    fn step_in_syscall(&mut self, thread: usize, proc: usize, goroutine: usize) {
        match self.rng.u32(..8) {
            0..=3 => {
                self.write(thread, EventType::GO_SYSCALL_END, &[]);
                self.procs[proc].status = proc_status::RUNNING;
                self.set_status(goroutine, go_status::RUNNING);
            }
            4 => self.destroy_in_syscall(thread, goroutine),
            5 => self.steal_proc(thread, proc),
            6 => {
                // Stolen by another while it sleeps.
                let thief = self.rng.usize(..self.threads.len());
                self.steal_proc(thief, proc);
            }
            _ => self.unblock(thread),
        }
    }

    fn step_running(&mut self, thread: usize, proc: usize, goroutine: usize) {
        match self.rng.u32(..20) {
            0 => self.switch(thread, goroutine),
            1 => self.create(thread),
            2 | 3 => self.unblock(thread),
            4..=6 => self.begin_syscall(thread, proc, goroutine),
            7 => self.steal(thread),
            8 => self.collect_garbage(thread),
            9 => self.assist(thread, goroutine),
            10 => self.stop_world(thread, goroutine),
            11 => self.region(thread, goroutine),
            12 => self.task(thread),
            13 => self.write_heap(thread),
            14 => self.sweep(thread, proc),
            15 => self.write_note(thread),
            16 => self.write_allocation(thread),
            _ => self.leave(thread, goroutine),
        }
    }

    fn set_status(&mut self, goroutine: usize, status: u8) {
        if let Some(it) = &mut self.goroutines[goroutine] {
            it.status = status;
        }
    }

    /// The next sequence number of `proc`, whose status is written first if it must be.
    fn next_proc_seq(&mut self, proc: usize, thread: usize) -> u64 {
        self.declare_proc(proc, thread);
        self.procs[proc].seq += 1;
        self.procs[proc].seq
    }

    /// The id and the next sequence number of a goroutine, whose status is written first if it must be.
    fn next_goroutine_seq(&mut self, goroutine: usize, thread: usize) -> (u64, u64) {
        self.declare_goroutine(goroutine, thread);
        self.goroutines[goroutine].as_mut().map_or((0, 0), |it| {
            it.seq += 1;
            (it.id, it.seq)
        })
    }

    fn start_proc(&mut self, thread: usize) {
        let Some(proc) = self.find_proc(proc_status::IDLE) else { return };
        let seq = self.next_proc_seq(proc, thread);
        self.write(thread, EventType::PROC_START, &[self.procs[proc].id, seq]);
        self.procs[proc].status = proc_status::RUNNING;
        self.threads[thread].proc = Some(proc);
    }

    fn stop_proc(&mut self, thread: usize, proc: usize) {
        self.declare_proc(proc, thread);
        self.write(thread, EventType::PROC_STOP, &[]);
        self.procs[proc].status = proc_status::IDLE;
        self.threads[thread].proc = None;
    }

    fn steal(&mut self, thread: usize) {
        let status =
            if once_in(&mut self.rng, 3) { proc_status::SYSCALL_ABANDONED } else { proc_status::SYSCALL };
        if let Some(proc) = self.find_proc(status) {
            self.steal_proc(thread, proc);
        }
    }

    fn steal_proc(&mut self, thief: usize, proc: usize) {
        if once_in(&mut self.rng, 3) {
            self.declare_abandoned(proc, thief);
        }
        let seq = self.next_proc_seq(proc, thief);
        let victim = self.owner(proc);
        let victim_id = self.thread_id(victim.or(Some(thief)));
        self.write(thief, EventType::PROC_STEAL, &[self.procs[proc].id, seq, victim_id]);
        self.procs[proc].status = proc_status::IDLE;
        if let Some(victim) = victim {
            self.threads[victim].proc = None;
        }
    }

    fn start_goroutine(&mut self, thread: usize) {
        let Some(goroutine) = self.find_goroutine(go_status::RUNNABLE) else { return };
        let (id, seq) = self.next_goroutine_seq(goroutine, thread);
        self.write(thread, EventType::GO_START, &[id, seq]);
        self.set_status(goroutine, go_status::RUNNING);
        self.threads[thread].goroutine = Some(goroutine);
    }

    fn unblock(&mut self, thread: usize) {
        let Some(goroutine) = self.find_goroutine(go_status::WAITING) else { return };
        let (id, seq) = self.next_goroutine_seq(goroutine, thread);
        let stack = self.stack();
        self.write(thread, EventType::GO_UNBLOCK, &[id, seq, stack]);
        self.set_status(goroutine, go_status::RUNNABLE);
    }

    fn create(&mut self, thread: usize) {
        let (event, status) = *pick(
            &mut self.rng,
            &[
                (EventType::GO_CREATE, go_status::RUNNABLE),
                (EventType::GO_CREATE_BLOCKED, go_status::WAITING),
            ],
        );
        let goroutine = self.create_goroutine(status, true);
        let id = self.goroutine(goroutine).map_or(0, |it| it.id);
        let (new_stack, stack) = (self.stack(), self.stack());
        self.write(thread, event, &[id, new_stack, stack]);
    }

    /// A running goroutine stops, blocks or ends.
    fn leave(&mut self, thread: usize, goroutine: usize) {
        let (reason, stack) = (self.string(), self.stack());
        match self.rng.u32(..3) {
            0 => {
                self.write(thread, EventType::GO_DESTROY, &[]);
                self.goroutines[goroutine] = None;
            }
            1 => {
                self.write(thread, EventType::GO_STOP, &[reason, stack]);
                self.set_status(goroutine, go_status::RUNNABLE);
            }
            _ => {
                self.write(thread, EventType::GO_BLOCK, &[reason, stack]);
                self.set_status(goroutine, go_status::WAITING);
            }
        }
        self.threads[thread].goroutine = None;
    }

    /// A coroutine switch to a goroutine that waits.
    fn switch(&mut self, thread: usize, goroutine: usize) {
        let Some(target) = self.find_goroutine(go_status::WAITING) else { return };
        let (id, seq) = self.next_goroutine_seq(target, thread);
        if once_in(&mut self.rng, 3) {
            self.write(thread, EventType::GO_SWITCH_DESTROY, &[id, seq]);
            self.goroutines[goroutine] = None;
        } else {
            self.write(thread, EventType::GO_SWITCH, &[id, seq]);
            self.set_status(goroutine, go_status::WAITING);
        }
        self.set_status(target, go_status::RUNNING);
        self.threads[thread].goroutine = Some(target);
    }

    fn begin_syscall(&mut self, thread: usize, proc: usize, goroutine: usize) {
        let seq = self.next_proc_seq(proc, thread);
        let stack = self.stack();
        self.write(thread, EventType::GO_SYSCALL_BEGIN, &[seq, stack]);
        self.procs[proc].status = proc_status::SYSCALL;
        self.set_status(goroutine, go_status::SYSCALL);
    }

    fn end_syscall_blocked(&mut self, thread: usize, goroutine: usize) {
        self.declare_goroutine(goroutine, thread);
        self.write(thread, EventType::GO_SYSCALL_END_BLOCKED, &[]);
        self.set_status(goroutine, go_status::RUNNABLE);
        self.threads[thread].goroutine = None;
    }

    fn create_in_syscall(&mut self, thread: usize) {
        let goroutine = self.create_goroutine(go_status::SYSCALL, true);
        let id = self.goroutine(goroutine).map_or(0, |it| it.id);
        self.write(thread, EventType::GO_CREATE_SYSCALL, &[id]);
        self.threads[thread].goroutine = Some(goroutine);
    }

    fn destroy_in_syscall(&mut self, thread: usize, goroutine: usize) {
        self.declare_goroutine(goroutine, thread);
        if let Some(proc) = self.threads[thread].proc {
            self.declare_proc(proc, thread);
            self.procs[proc].status = proc_status::SYSCALL_ABANDONED;
        }
        self.write(thread, EventType::GO_DESTROY_SYSCALL, &[]);
        self.goroutines[goroutine] = None;
        (self.threads[thread].goroutine, self.threads[thread].proc) = (None, None);
    }

    fn collect_garbage(&mut self, thread: usize) {
        if self.gc == Gc::Unknown && self.is_first_generation && self.rng.bool() {
            self.gc_seq = self.rng.u64(..9);
            self.write(thread, EventType::GC_ACTIVE, &[self.gc_seq]);
            self.gc = Gc::Marking;
            return;
        }
        self.gc_seq += 1;
        let stack = self.stack();
        if self.gc == Gc::Marking {
            if !self.is_first_generation && once_in(&mut self.rng, 3) {
                self.write(thread, EventType::GC_ACTIVE, &[self.gc_seq]);
                return;
            }
            self.write(thread, EventType::GC_END, &[self.gc_seq]);
            self.gc = Gc::Idle;
        } else {
            self.write(thread, EventType::GC_BEGIN, &[self.gc_seq, stack]);
            self.gc = Gc::Marking;
        }
    }

    fn sweep(&mut self, thread: usize, proc: usize) {
        self.declare_proc(proc, thread);
        let stack = self.stack();
        if self.procs[proc].is_sweeping {
            let (swept, reclaimed) = (self.rng.u64(..99_999), self.rng.u64(..));
            self.write(thread, EventType::GC_SWEEP_END, &[swept, reclaimed]);
        } else {
            self.write(thread, EventType::GC_SWEEP_BEGIN, &[stack]);
        }
        self.procs[proc].is_sweeping ^= true;
    }

    fn assist(&mut self, thread: usize, goroutine: usize) {
        self.declare_goroutine(goroutine, thread);
        let stack = self.stack();
        let Some(it) = &mut self.goroutines[goroutine] else { return };
        it.is_assisting ^= true;
        if it.is_assisting {
            self.write(thread, EventType::GC_MARK_ASSIST_BEGIN, &[stack]);
        } else {
            self.write(thread, EventType::GC_MARK_ASSIST_END, &[]);
        }
    }

    fn stop_world(&mut self, thread: usize, goroutine: usize) {
        self.declare_goroutine(goroutine, thread);
        let (kind, stack) = (self.string(), self.stack());
        let Some(it) = &mut self.goroutines[goroutine] else { return };
        it.has_stopped_world ^= true;
        if it.has_stopped_world {
            self.write(thread, EventType::STW_BEGIN, &[kind, stack]);
        } else {
            self.write(thread, EventType::STW_END, &[]);
        }
    }

    fn region(&mut self, thread: usize, goroutine: usize) {
        self.declare_goroutine(goroutine, thread);
        let (task, name, stack) = (self.rng.u64(..4), self.string(), self.stack());
        let Some(it) = &mut self.goroutines[goroutine] else { return };
        // Regions are compared by text: in the next generation the same id is another one.
        let closing = if it.is_declared && self.rng.bool() { it.regions.pop() } else { None };
        if let Some((task, name)) = closing {
            self.write(thread, EventType::USER_REGION_END, &[task, name, stack]);
        } else {
            it.regions.push((task, name));
            self.write(thread, EventType::USER_REGION_BEGIN, &[task, name, stack]);
        }
    }

    fn task(&mut self, thread: usize) {
        let (name, stack) = (self.string(), self.stack());
        if self.rng.bool() && !self.tasks.is_empty() {
            let index = self.rng.usize(..self.tasks.len());
            let task = self.tasks.swap_remove(index);
            self.write(thread, EventType::USER_TASK_END, &[task, stack]);
        } else {
            let (task, parent) = (self.next_task, self.rng.u64(..=self.next_task));
            self.next_task += 1;
            self.tasks.push(task);
            self.write(thread, EventType::USER_TASK_BEGIN, &[task, parent, name, stack]);
        }
    }

    fn write_heap(&mut self, thread: usize) {
        let event = *pick(&mut self.rng, &[EventType::HEAP_ALLOC, EventType::HEAP_GOAL]);
        let bytes = self.rng.u64(..) >> self.rng.u32(..64);
        self.write(thread, event, &[bytes]);
    }

    /// A label, a log, or a change of GOMAXPROCS.
    fn write_note(&mut self, thread: usize) {
        let (first, second, stack) = (self.string(), self.string(), self.stack());
        match self.rng.u32(..3) {
            0 => self.write(thread, EventType::GO_LABEL, &[first]),
            1 => {
                let task = self.rng.u64(..=self.next_task);
                self.write(thread, EventType::USER_LOG, &[task, first, second, stack]);
            }
            _ => self.write(thread, EventType::PROCS_CHANGE, &[8, stack]),
        }
    }

    /// An event of the experiment on allocations and frees.
    fn write_allocation(&mut self, thread: usize) {
        let number = self.rng.u8(EventType::SPAN.0..=EventType::GOROUTINE_STACK_FREE.0);
        let Some(row) = procsteal_wire::row(EventType(number)) else { return };
        let arguments: Vec<u64> = row.arguments.iter().map(|_| self.rng.u64(..1_000)).collect();
        self.write(thread, row.event, &arguments);
    }
}
