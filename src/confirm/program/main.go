// Makes system calls of many lengths while a tracer starts, advances and stops, and writes one file for each trace.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	out       = flag.String("out", ".", "the folder for the traces")
	traces    = flag.Int("traces", 1, "how many")
	on        = flag.Duration("on", 20*time.Millisecond, "how long the tracer is on")
	before    = flag.Duration("before", 2*time.Millisecond, "how long the system calls go on before the first trace")
	off       = flag.Duration("off", 0, "how long it is off in between")
	procs     = flag.Int("procs", 2, "GOMAXPROCS")
	short     = flag.Int("short", 1, "goroutines with short system calls")
	medium    = flag.Int("medium", 1, "goroutines with system calls that last -mediumtime")
	long      = flag.Int("long", 1, "goroutines with system calls that last -longtime")
	busy      = flag.Int("busy", 0, "goroutines that compute and yield")
	mediumFor = flag.Duration("mediumtime", 50*time.Microsecond, "")
	longFor   = flag.Duration("longtime", 3*time.Millisecond, "")
	pipes     = flag.Int("pipes", 0, "pairs of goroutines that wait for each other through a pipe and the network poller")
	work      = flag.Int("work", 2000, "iterations of a loop between two system calls")
	gc        = flag.Duration("gc", 0, "time between two collections; 0 for none of ours")
	signals   = flag.Duration("signals", 0, "time between two signals to ourselves; 0 for none")
	foreign   = flag.Int("foreign", 0, "threads that make threads in C, one after the other")
	calls     = flag.Int("foreigncalls", 1, "calls to Go of each thread that was made in C")
	nokeys    = flag.Bool("nokeys", false, "let C use up all keys of threads")
	resize    = flag.Bool("resize", false, "shrink and grow GOMAXPROCS")
	pauses    = flag.String("pauses", "", "delays in the runtime")
)

var done atomic.Bool
var sink atomic.Uint64

func compute(n int) {
	x := uint64(n)
	for i := 0; i < n; i++ {
		x = x*6364136223846793005 + 1442695040888963407
	}
	sink.Store(x)
}

func sleeper(d time.Duration) func() {
	return func() {
		t := syscall.NsecToTimespec(int64(d))
		syscall.Nanosleep(&t, nil)
	}
}

func spawn(wg *sync.WaitGroup, count int, act func()) {
	for i := 0; i < count; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for !done.Load() {
				act()
				compute(*work)
				// While sysmon is delayed nobody else asks a goroutine to yield.
				runtime.Gosched()
			}
		}()
	}
}

func main() {
	flag.Parse()
	runtime.GOMAXPROCS(*procs)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		fail(err)
	}
	fd := int(null.Fd())
	one := []byte{1}
	var wg sync.WaitGroup
	spawn(&wg, *short, func() { syscall.Write(fd, one) })
	spawn(&wg, *medium, sleeper(*mediumFor))
	spawn(&wg, *long, sleeper(*longFor))
	spawn(&wg, *busy, runtime.Gosched)
	for i := 0; i < *pipes; i++ {
		r, w, err := os.Pipe()
		if err != nil {
			fail(err)
		}
		spawn(&wg, 1, func() { r.Read(make([]byte, 1)) })
		spawn(&wg, 1, func() { time.Sleep(100 * time.Microsecond); w.Write(one) })
	}
	if *gc > 0 {
		spawn(&wg, 1, func() { time.Sleep(*gc); runtime.GC() })
	}
	if *signals > 0 {
		// The goroutine that waits for signals does so in entersyscallblock.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGUSR1)
		spawn(&wg, 1, func() { time.Sleep(*signals); syscall.Kill(syscall.Getpid(), syscall.SIGUSR1) })
	}
	if *resize {
		spawn(&wg, 1, func() {
			time.Sleep(*on / 3)
			runtime.GOMAXPROCS(1)
			time.Sleep(*on / 3)
			runtime.GOMAXPROCS(*procs)
		})
	}
	if err := setPauses(*pauses); err != nil {
		fail(err)
	}
	if err := startForeign(*foreign, *calls, *nokeys); err != nil {
		fail(err)
	}
	time.Sleep(*before)
	for i := 0; i < *traces; i++ {
		var buf bytes.Buffer
		if err := trace.Start(&buf); err != nil {
			fail(err)
		}
		time.Sleep(*on)
		trace.Stop()
		if err := os.WriteFile(filepath.Join(*out, fmt.Sprintf("%05d.trace", i)), buf.Bytes(), 0o666); err != nil {
			fail(err)
		}
		if *off > 0 {
			time.Sleep(*off)
		}
	}
	done.Store(true)
	if *pipes == 0 {
		// A reader of a pipe may wait for a writer that is done.
		wg.Wait()
	}
	runtime.KeepAlive(null)
	printPauses()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
