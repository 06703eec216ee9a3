//! The Ms, Ps and Gs of a trace that is being made up, and the events that they have written.

use fastrand::Rng;
use procsteal_wire::{EventType, NONE, go_status, proc_status};

use super::{MAX_THREADS, Shape, once_in, pick};

/// A thread. Its place in the world's list is its name here; `id` is what the trace says.
#[derive(Clone, Debug)]
pub(super) struct Thread {
    pub(super) id: u64,
    pub(super) proc: Option<usize>,
    pub(super) goroutine: Option<usize>,
    /// Units by which its clock is ahead.
    pub(super) skew: u64,
}

/// A P.
#[derive(Clone, Debug)]
pub(super) struct Proc {
    pub(super) id: u64,
    pub(super) status: u8,
    pub(super) seq: u64,
    /// Whether its status was written in this generation.
    pub(super) is_declared: bool,
    pub(super) is_sweeping: bool,
}

/// A goroutine that lives.
#[derive(Clone, Debug)]
pub(super) struct Goroutine {
    pub(super) id: u64,
    pub(super) status: u8,
    pub(super) seq: u64,
    /// Whether its status was written in this generation, or it was created in it.
    pub(super) is_declared: bool,
    pub(super) is_assisting: bool,
    pub(super) has_stopped_world: bool,
    /// Task and name of the regions it is in.
    pub(super) regions: Vec<(u64, u64)>,
}

/// An event that was written: by whom, when, and with which arguments after the time delta.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) thread: usize,
    pub(super) time: u64,
    pub(super) event: EventType,
    pub(super) arguments: Vec<u64>,
}

/// What the garbage collector does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gc {
    /// No event has told yet.
    Unknown,
    Idle,
    Marking,
}

/// Everything that exists while a trace is made up.
#[derive(Debug)]
pub(super) struct World {
    pub(super) shape: Shape,
    pub(super) rng: Rng,
    pub(super) clock: u64,
    pub(super) generation: u64,
    pub(super) is_first_generation: bool,
    pub(super) threads: Vec<Thread>,
    pub(super) procs: Vec<Proc>,
    /// Goroutines by index; `None` where one has ended.
    pub(super) goroutines: Vec<Option<Goroutine>>,
    pub(super) gc: Gc,
    pub(super) gc_seq: u64,
    pub(super) tasks: Vec<u64>,
    pub(super) next_task: u64,
    pub(super) next_goroutine: u64,
    /// Strings and stacks of a generation have the ids from 1 to this.
    pub(super) strings: u64,
    pub(super) stacks: u64,
    pub(super) written: Vec<Written>,
}

impl World {
    pub(super) fn new(shape: Shape, mut rng: Rng) -> Self {
        let clock = *pick(&mut rng, &[0, 1, 1_000, 28_113_086_279_559, u64::MAX - 50]);
        let mut world = Self {
            shape,
            rng,
            clock,
            generation: 0,
            is_first_generation: true,
            threads: Vec::new(),
            procs: Vec::new(),
            goroutines: Vec::new(),
            gc: Gc::Unknown,
            gc_seq: 0,
            tasks: Vec::new(),
            next_task: 1,
            next_goroutine: 1,
            strings: 0,
            stacks: 0,
            written: Vec::new(),
        };
        world.populate();
        world
    }

    /// Threads, Ps and goroutines that are there before the trace starts.
    fn populate(&mut self) {
        let threads = *pick(&mut self.rng, &[1, 2, 3, 4, 6, 11, 14, 20, MAX_THREADS]);
        let id_base = *pick(&mut self.rng, &[0, 1, 167_926, u64::MAX - 100]);
        for index in 0..threads as u64 {
            let skew = self.rng.u64(..=self.shape.max_skew);
            self.threads.push(Thread { id: id_base.wrapping_add(index), proc: None, goroutine: None, skew });
        }
        if once_in(&mut self.rng, 4) {
            // Events of no thread at all: some of them are allowed.
            self.threads[0].id = NONE;
        }
        let nobody = self.nobody();
        for id in 0..self.rng.u64(1..=8) {
            let seq = 0;
            let status = proc_status::IDLE;
            let is_sweeping = once_in(&mut self.rng, 8);
            let is_lost = nobody.is_some() && once_in(&mut self.rng, 4);
            let status = if is_lost { proc_status::SYSCALL } else { status };
            self.procs.push(Proc { id, status, seq, is_declared: false, is_sweeping });
        }
        for _ in 0..self.rng.usize(..20) {
            let status = *pick(&mut self.rng, &[go_status::RUNNABLE, go_status::WAITING]);
            self.create_goroutine(status, false);
        }
        for thread in 0..threads {
            if Some(thread) != nobody && once_in(&mut self.rng, 2) {
                self.wire_up(thread);
            }
        }
    }

    /// Gives `thread` a P, or a goroutine, or both, as if it had had them for long.
    fn wire_up(&mut self, thread: usize) {
        let free_proc = (0..self.procs.len()).find(|&proc| self.procs[proc].status == proc_status::IDLE);
        let in_syscall = once_in(&mut self.rng, 3);
        if let Some(proc) = free_proc.filter(|_| self.rng.bool() || !in_syscall) {
            self.procs[proc].status = if in_syscall { proc_status::SYSCALL } else { proc_status::RUNNING };
            self.threads[thread].proc = Some(proc);
        }
        if in_syscall || (self.threads[thread].proc.is_some() && self.rng.bool()) {
            let status = if in_syscall { go_status::SYSCALL } else { go_status::RUNNING };
            let goroutine = self.create_goroutine(status, false);
            self.threads[thread].goroutine = Some(goroutine);
        }
    }

    /// A new goroutine of this status; its index.
    pub(super) fn create_goroutine(&mut self, status: u8, is_declared: bool) -> usize {
        let id = self.next_goroutine;
        self.next_goroutine += if once_in(&mut self.rng, 20) { 1 << self.rng.u32(..40) } else { 1 };
        let is_assisting = !is_declared && once_in(&mut self.rng, 8);
        let (has_stopped_world, regions) = (false, Vec::new());
        let goroutine =
            Goroutine { id, status, seq: 0, is_declared, is_assisting, has_stopped_world, regions };
        self.goroutines.push(Some(goroutine));
        self.goroutines.len() - 1
    }

    /// Begins generation `number`: no status is known in it, and its tables are new.
    pub(super) fn start_generation(&mut self, number: u64) {
        self.is_first_generation = self.generation == 0;
        self.generation = number;
        self.strings = self.rng.u64(1..=12);
        self.stacks = self.rng.u64(..=6);
        self.written.clear();
        for proc in &mut self.procs {
            (proc.is_declared, proc.seq) = (false, 0);
        }
        for goroutine in self.goroutines.iter_mut().flatten() {
            (goroutine.is_declared, goroutine.seq) = (false, 0);
        }
    }

    /// `thread` writes an event. A mistake may befall it.
    pub(super) fn write(&mut self, thread: usize, event: EventType, arguments: &[u64]) {
        let mistakes = self.shape.mistakes;
        let (mut thread, mut arguments) = (thread, arguments.to_vec());
        if mistakes.strikes(&mut self.rng) {
            let other = self.rng.usize(..self.threads.len());
            match self.rng.u32(..6) {
                0 => return,
                1 => thread = other,
                2 => self.confuse(&mut arguments),
                // Two threads that hold the same P or goroutine come of this.
                3 | 4 => self.append(other, event, arguments.clone()),
                _ => self.write_anything(thread),
            }
        }
        self.append(thread, event, arguments);
    }

    pub(super) fn append(&mut self, thread: usize, event: EventType, arguments: Vec<u64>) {
        self.clock = self.clock.wrapping_add(self.rng.u64(..=self.shape.max_step));
        let time = self.clock.wrapping_add(self.threads[thread].skew);
        self.written.push(Written { thread, time, event, arguments });
    }

    pub(super) fn goroutine(&self, index: usize) -> Option<&Goroutine> {
        self.goroutines.get(index).and_then(Option::as_ref)
    }

    /// The index of some goroutine of this status, if there is one.
    pub(super) fn find_goroutine(&mut self, status: u8) -> Option<usize> {
        let fits = |goroutine: &Option<Goroutine>| goroutine.as_ref().is_some_and(|it| it.status == status);
        let found: Vec<usize> =
            (0..self.goroutines.len()).filter(|&index| fits(&self.goroutines[index])).collect();
        (!found.is_empty()).then(|| *pick(&mut self.rng, &found))
    }

    /// The index of some P of this status, if there is one.
    pub(super) fn find_proc(&mut self, status: u8) -> Option<usize> {
        let found: Vec<usize> =
            (0..self.procs.len()).filter(|&index| self.procs[index].status == status).collect();
        (!found.is_empty()).then(|| *pick(&mut self.rng, &found))
    }

    /// The place of the thread that stands for none, if this world has it.
    pub(super) fn nobody(&self) -> Option<usize> {
        self.threads.first().is_some_and(|first| first.id == NONE).then_some(0)
    }

    /// The thread that holds `proc`, if one does.
    pub(super) fn owner(&self, proc: usize) -> Option<usize> {
        self.threads.iter().position(|thread| thread.proc == Some(proc))
    }

    /// A string id of this generation, or none.
    pub(super) fn string(&mut self) -> u64 {
        self.rng.u64(..=self.strings)
    }

    /// A stack id of this generation, or none.
    pub(super) fn stack(&mut self) -> u64 {
        self.rng.u64(..=self.stacks)
    }

    /// The id of a thread, for an argument: now and then of none.
    pub(super) fn thread_id(&self, thread: Option<usize>) -> u64 {
        thread.map_or(NONE, |thread| self.threads[thread].id)
    }
}
