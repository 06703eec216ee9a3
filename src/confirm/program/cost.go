// Makes system calls in one of several patterns, and prints the wall and processor time of one of them, in nanoseconds.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

var (
	procs      = flag.Int("procs", 1, "GOMAXPROCS")
	goroutines = flag.Int("goroutines", 1, "goroutines that make system calls")
	calls      = flag.Int("calls", 1000, "system calls of each")
	sleep      = flag.Duration("sleep", 0, "how long a system call lasts; 0 for one that returns at once")
	traced     = flag.Bool("traced", false, "with the tracer on")
)

func main() {
	flag.Parse()
	runtime.GOMAXPROCS(*procs)
	if *traced {
		if err := trace.Start(io.Discard); err != nil {
			fail(err)
		}
	}
	var wg sync.WaitGroup
	wallStart, cpuStart := time.Now(), processorTime()
	for i := 0; i < *goroutines; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for n := 0; n < *calls; n++ {
				if *sleep == 0 {
					// Unlike syscall.Getpid this goes through entersyscall and exitsyscall.
					syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0)
				} else {
					t := syscall.NsecToTimespec(int64(*sleep))
					syscall.Nanosleep(&t, nil)
				}
			}
		}()
	}
	wg.Wait()
	wall, cpu := time.Since(wallStart), processorTime()-cpuStart
	if *traced {
		trace.Stop()
	}
	all := int64(*goroutines) * int64(*calls)
	fmt.Println(wall.Nanoseconds()/all, int64(cpu)/all)
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
