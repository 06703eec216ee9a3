package runtime

import _ "unsafe" // for go:linkname

// One place at which a thread can be delayed; all zero means no delay.
type procstealSite struct {
	micros  uint32 // how long, in microseconds; when until is set, at most this long
	oneIn   uint32 // delay each oneIn-th thread that comes by
	when    uint32 // 0 always, 1 only while tracing is on, 2 only while it is off
	until   uint32 // until the generation has changed this often (a stop and a start change it too); 0 for a fixed time
	settle  uint32 // then this many microseconds more
	syscall uint32 // 1: but not before the P is in a system call
	seen    uint32 // threads that came by (approximate: not atomic)
	paused  uint32 // threads that were delayed (approximate too)
}

//go:linkname procstealSites
var procstealSites [32]procstealSite

// procstealPause delays the calling thread, as the operating system could at any time: it is the thread that sleeps,
// not a goroutine, so this is legal without a P, with locks held, and where the stack must not grow.
//
//go:nosplit
func procstealPause(number uint32, pp *p) {
	site := &procstealSites[number&31]
	if site.micros == 0 {
		return
	}
	gen := trace.gen.Load()
	if site.when == 1 && gen == 0 || site.when == 2 && gen != 0 {
		return
	}
	site.seen++
	if site.seen%site.oneIn != 0 {
		return
	}
	site.paused++
	if site.until == 0 {
		usleep(site.micros)
		return
	}
	const step = 20
	moves := uint32(0)
	// By the clock: on a busy machine a short sleep takes far longer than it says.
	for end := nanotime() + int64(site.micros)*1000; nanotime() < end; {
		if now := trace.gen.Load(); now != gen {
			gen = now
			moves++
		}
		if moves >= site.until && (site.syscall == 0 || pp == nil || pp.status == _Psyscall) {
			if site.settle != 0 {
				usleep(site.settle)
			}
			return
		}
		usleep(step)
	}
}
