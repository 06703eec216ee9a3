//! Makes a trace on which two readers differ as small as can be.

use super::frame::{Frames, join_payload, split_payload};

/// The most candidates that are tried for one trace: some seconds of work.
const MAX_TRIALS: usize = 20_000;

/// The largest trace whose single bytes are removed one by one, in bytes.
const MAX_BYTES_FOR_BYTEWISE: usize = 2_000;

/// The smallest trace found from `trace` on, of which `differs` still holds.
pub(super) fn minimize(trace: &[u8], differs: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut search = Search { best: trace.to_vec(), trials: 0, differs };
    loop {
        let before = search.best.len();
        search.drop_batches();
        search.drop_events();
        if search.best.len() <= MAX_BYTES_FOR_BYTEWISE {
            search.drop_payload_bytes();
            search.drop_bytes();
        }
        if search.best.len() == before || search.trials >= MAX_TRIALS {
            return search.best;
        }
    }
}

struct Search<D> {
    best: Vec<u8>,
    trials: usize,
    differs: D,
}

impl<D: FnMut(&[u8]) -> bool> Search<D> {
    /// Takes `candidate` if it is smaller and still differs.
    fn accept(&mut self, candidate: Vec<u8>) -> bool {
        self.trials += 1;
        let is_better =
            candidate.len() < self.best.len() && self.trials < MAX_TRIALS && (self.differs)(&candidate);
        if is_better {
            self.best = candidate;
        }
        is_better
    }

    /// Removes runs of `count` things, first long ones and then single ones; `without(from, to)` is the trace
    /// without the things from `from` up to `to`.
    fn drop_runs(&mut self, count: usize, without: impl Fn(&[u8], usize, usize) -> Vec<u8>) {
        let mut count = count;
        let mut length = count / 2;
        while length > 0 {
            let mut from = 0;
            while from < count {
                let to = count.min(from + length);
                let candidate = without(&self.best, from, to);
                if self.accept(candidate) { count -= to - from } else { from = to }
            }
            length /= 2;
        }
    }

    fn drop_batches(&mut self) {
        let count = Frames::split(&self.best).batches.len();
        self.drop_runs(count + 1, |trace, from, to| {
            let mut frames = Frames::split(trace);
            let end = to.min(frames.batches.len());
            frames.batches.drain(from.min(end)..end);
            if to > end {
                frames.tail.clear();
            }
            frames.join()
        });
    }

    fn drop_events(&mut self) {
        for batch in (0..Frames::split(&self.best).batches.len()).rev() {
            let count = split_payload(&Frames::split(&self.best).batches[batch].payload).len();
            self.drop_runs(count + 1, |trace, from, to| {
                let mut frames = Frames::split(trace);
                let mut pieces = split_payload(&frames.batches[batch].payload);
                let end = to.min(pieces.len());
                pieces.drain(from.min(end)..end);
                frames.batches[batch].payload = join_payload(&pieces);
                frames.join()
            });
        }
    }

    fn drop_payload_bytes(&mut self) {
        for batch in (0..Frames::split(&self.best).batches.len()).rev() {
            let count = Frames::split(&self.best).batches[batch].payload.len();
            self.drop_runs(count + 1, |trace, from, to| {
                let mut frames = Frames::split(trace);
                let payload = &mut frames.batches[batch].payload;
                let end = to.min(payload.len());
                payload.drain(from.min(end)..end);
                frames.join()
            });
        }
    }

    fn drop_bytes(&mut self) {
        let count = self.best.len();
        self.drop_runs(count + 1, |trace, from, to| {
            let end = to.min(trace.len());
            [&trace[..from.min(end)], &trace[end..]].concat()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Batch;
    use super::*;

    #[test]
    fn only_what_matters_is_left() {
        let payload = [11, 1].repeat(30);
        let batches = (1..9).map(|thread| Batch::new(1, thread, 0, payload.clone())).collect();
        let frames = Frames { header: procsteal_wire::HEADER_1_22.to_vec(), batches, tail: vec![1; 9] };
        // The fault needs thread 5 and a ProcStop.
        let differs = |trace: &[u8]| {
            let frames = Frames::split(trace);
            frames.batches.iter().any(|batch| batch.thread == 5 && batch.payload.starts_with(&[11, 1]))
        };
        let smallest = minimize(&frames.join(), differs);
        let expected = Frames { batches: vec![Batch::new(1, 5, 0, vec![11, 1])], tail: Vec::new(), ..frames };
        assert_eq!(smallest, expected.join());
    }
}
