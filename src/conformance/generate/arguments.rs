//! Events and arguments that no runtime would write: mistakes made on purpose.

use procsteal_wire::{Argument, Class, EventType, NONE, Row, TABLE};

use super::world::World;
use super::{once_in, pick};

impl World {
    /// Any event, with arguments that might be right.
    pub(super) fn write_anything(&mut self, thread: usize) {
        let timed: Vec<&Row> = TABLE.iter().filter(|row| row.class != Class::Structural).collect();
        let row = *pick(&mut self.rng, &timed);
        let arguments = row.arguments.iter().map(|&argument| self.argument(argument)).collect();
        // A clock snapshot has its place in another batch; here it is an error at once.
        if row.event != EventType::CLOCK_SNAPSHOT || once_in(&mut self.rng, 5) {
            self.append(thread, row.event, arguments);
        }
    }

    /// Changes one of `arguments`.
    pub(super) fn confuse(&mut self, arguments: &mut [u64]) {
        if arguments.is_empty() {
            return;
        }
        let index = self.rng.usize(..arguments.len());
        let value = arguments[index];
        arguments[index] = match self.rng.u32(..6) {
            0 => value.wrapping_add(1),
            1 => value.wrapping_sub(1),
            2 => self.odd_number(),
            3 => value.wrapping_add(256),
            _ => self.rng.u64(..9),
        };
    }

    fn odd_number(&mut self) -> u64 {
        *pick(
            &mut self.rng,
            &[0, NONE, NONE - 1, 1 << 63, (1 << 63) - 1, 1 << 32, 128, 255, 256, 300, 65_536],
        )
    }

    /// A value that may stand for this argument, more often than not one that the world knows.
    fn argument(&mut self, argument: Argument) -> u64 {
        if once_in(&mut self.rng, 12) {
            return self.odd_number();
        }
        match argument {
            Argument::Proc => {
                let index = self.rng.usize(..self.procs.len());
                self.procs[index].id
            }
            Argument::Goroutine | Argument::NewGoroutine => self.some_goroutine_id(),
            Argument::Thread => {
                let index = self.rng.usize(..self.threads.len());
                self.threads[index].id
            }
            Argument::ProcSeq => self.some_proc_seq(),
            Argument::GcSeq => self.gc_seq.wrapping_add(self.rng.u64(..3)),
            Argument::Stack | Argument::NewStack => self.stack(),
            Argument::Reason
            | Argument::KindString
            | Argument::Label
            | Argument::Name
            | Argument::Key
            | Argument::Value => self.string(),
            Argument::Task | Argument::ParentTask => self.rng.u64(..=self.next_task),
            _ => self.rng.u64(..6),
        }
    }

    fn some_goroutine_id(&mut self) -> u64 {
        let living: Vec<u64> = self.goroutines.iter().flatten().map(|goroutine| goroutine.id).collect();
        if living.is_empty() || once_in(&mut self.rng, 5) {
            return self.rng.u64(..=self.next_goroutine);
        }
        *pick(&mut self.rng, &living)
    }

    fn some_proc_seq(&mut self) -> u64 {
        let index = self.rng.usize(..self.procs.len());
        self.procs[index].seq.wrapping_add(self.rng.u64(..3))
    }
}
