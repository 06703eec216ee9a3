//! The events that tell, once in each generation, in which state a P or a goroutine is.

use procsteal_wire::{EventType, go_status, proc_status};

use super::once_in;
use super::world::World;

/// How far a status may be above its value without a reader's notice: it is cut to 8 bits (`format 3`).
const STATUS_CYCLE: u64 = 256;

impl World {
    /// At the start of a generation: the statuses of all, of some, or of none (they are then written when needed).
    pub(super) fn declare_all(&mut self) {
        let skip_one_in = *super::pick(&mut self.rng, &[0, 0, 0, 4, 2, 1]);
        let mut all: Vec<(bool, usize)> = (0..self.procs.len()).map(|proc| (true, proc)).collect();
        all.extend((0..self.goroutines.len()).map(|goroutine| (false, goroutine)));
        self.rng.shuffle(&mut all);
        for (is_proc, index) in all {
            if skip_one_in != 0 && once_in(&mut self.rng, skip_one_in) {
                continue;
            }
            let thread = self.rng.usize(..self.threads.len());
            if is_proc { self.declare_proc(index, thread) } else { self.declare_goroutine(index, thread) }
        }
    }

    /// Writes the status of `proc`, unless this generation has it: on the thread that holds it, else on `thread`.
    pub(super) fn declare_proc(&mut self, proc: usize, thread: usize) {
        if self.procs[proc].is_declared {
            return;
        }
        self.procs[proc].is_declared = true;
        let status = u64::from(self.procs[proc].status);
        // A status of a P in a system call binds the P to the thread that writes it, unless it is none.
        let is_held = status == u64::from(proc_status::SYSCALL);
        let nobody = self.nobody().filter(|_| is_held);
        let writer = self.owner(proc).or(nobody).unwrap_or(thread);
        self.write_proc_status(writer, proc, status);
        if self.procs[proc].is_sweeping {
            let id = self.procs[proc].id;
            self.write(writer, EventType::GC_SWEEP_ACTIVE, &[id]);
        }
    }

    /// As above, by a thief: a P in a system call is then told to be abandoned, which binds it to no thread.
    pub(super) fn declare_abandoned(&mut self, proc: usize, thief: usize) {
        if self.procs[proc].is_declared {
            return;
        }
        self.procs[proc].is_declared = true;
        if self.is_first_generation {
            // The reader hears of no thread that holds it.
            if let Some(owner) = self.owner(proc) {
                self.threads[owner].proc = None;
            }
            self.procs[proc].status = proc_status::SYSCALL_ABANDONED;
        }
        self.write_proc_status(thief, proc, u64::from(proc_status::SYSCALL_ABANDONED));
    }

    fn write_proc_status(&mut self, thread: usize, proc: usize, status: u64) {
        let id = self.procs[proc].id;
        let status = self.disguise(status);
        self.write(thread, EventType::PROC_STATUS, &[id, status]);
    }

    /// Writes the status of a goroutine, unless this generation has it.
    pub(super) fn declare_goroutine(&mut self, goroutine: usize, thread: usize) {
        let Some(it) = self.goroutines[goroutine].as_mut().filter(|it| !it.is_declared) else { return };
        it.is_declared = true;
        let (id, status, is_assisting) = (it.id, it.status, it.is_assisting);
        let owner = self.threads.iter().position(|thread| thread.goroutine == Some(goroutine));
        let writer = match owner {
            // Any thread may tell of a system call, if the reader knows who is in it.
            Some(_)
                if status == go_status::SYSCALL && !self.is_first_generation && once_in(&mut self.rng, 4) =>
            {
                thread
            }
            Some(owner) => owner,
            None => thread,
        };
        let owner_id = self.thread_id(owner);
        let status = self.disguise(u64::from(status));
        if once_in(&mut self.rng, 6) {
            let stack = self.stack();
            self.write(writer, EventType::GO_STATUS_STACK, &[id, owner_id, status, stack]);
        } else {
            self.write(writer, EventType::GO_STATUS, &[id, owner_id, status]);
        }
        if is_assisting {
            self.write(writer, EventType::GC_MARK_ASSIST_ACTIVE, &[id]);
        }
    }

    /// Before a thread acts: the reader must have heard of what it holds, once at least, or it acts by mistake.
    pub(super) fn declare_own(&mut self, thread: usize) {
        if !self.is_first_generation && self.rng.bool() {
            return;
        }
        if let Some(proc) = self.threads[thread].proc {
            self.declare_proc(proc, thread);
        }
        if let Some(goroutine) = self.threads[thread].goroutine {
            self.declare_goroutine(goroutine, thread);
        }
    }

    /// At the end of the first generation: what no event told of is not there, and can no longer be told of.
    pub(super) fn forget_undeclared(&mut self) {
        if !self.is_first_generation {
            return;
        }
        for goroutine in &mut self.goroutines {
            *goroutine = goroutine.take().filter(|it| it.is_declared);
        }
        for thread in &mut self.threads {
            thread.proc = thread.proc.filter(|&proc| self.procs[proc].is_declared);
            thread.goroutine = thread.goroutine.filter(|&index| self.goroutines[index].is_some());
        }
        for proc in self.procs.iter_mut().filter(|proc| !proc.is_declared) {
            (proc.status, proc.is_sweeping) = (procsteal_wire::proc_status::IDLE, false);
        }
    }

    /// A status with the same low byte, now and then.
    fn disguise(&mut self, status: u64) -> u64 {
        if once_in(&mut self.rng, 300) { status + STATUS_CYCLE * self.rng.u64(1..9) } else { status }
    }
}
