// Writes a large execution trace of a busy program: goroutines that wake each other, make system calls, are born and
// die, allocate, and mark tasks and regions.
//
// How often the events of one thread are followed by those of another must not depend on what else the machine does. With
// -procs 1 hardly ever: there is one P. With -turns two workers run at once and give each other leave to go on, so that
// their events alternate in runs of one to a few, as they do where both have a core to themselves.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"syscall"
)

var (
	out    = flag.String("out", "load.trace", "the file for the trace")
	rounds = flag.Int("rounds", 1000, "how often each worker does everything")
	procs  = flag.Int("procs", 4, "GOMAXPROCS")
	turns  = flag.Bool("turns", false, "whether two workers alternate, instead of eight that do not")
)

// turn is the number of the worker that may go on, of the two that alternate.
var turn atomic.Int32

// lane is a worker, and its own source of chance.
type lane struct {
	number int32
	chance uint64
}

// pass gives the other worker leave to go on, or not, as chance has it, and waits for leave. Neither is an event.
func (l *lane) pass() {
	if !*turns {
		return
	}
	l.chance ^= l.chance << 13
	l.chance ^= l.chance >> 7
	l.chance ^= l.chance << 17
	if l.chance%5 == 0 {
		return
	}
	turn.CompareAndSwap(l.number, 1-l.number)
	for turn.Load() == 1-l.number {
		syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
	}
}

// leave says that a worker needs no more turns.
func leave() {
	turn.Store(none)
}

// none stands for both workers.
const none = -1

// wake lets two goroutines block and ready each other.
func wake(l *lane, count int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for value := range ping {
			l.pass()
			pong <- value
			l.pass()
		}
		close(pong)
	}()
	for i := 0; i < count; i++ {
		ping <- i
		l.pass()
		<-pong
		l.pass()
	}
	close(ping)
	<-pong
}

// call makes system calls that are short.
func call(l *lane, file *os.File, count int) {
	var buffer [16]byte
	for i := 0; i < count; i++ {
		file.Read(buffer[:])
		l.pass()
	}
}

// spawn makes goroutines that share a mutex.
func spawn(count int) {
	var wait sync.WaitGroup
	var mutex sync.Mutex
	for i := 0; i < count; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			mutex.Lock()
			runtime.Gosched()
			mutex.Unlock()
		}()
	}
	wait.Wait()
}

// annotate marks a task with regions and logs.
func annotate(round int) {
	ctx, task := trace.NewTask(context.Background(), "round")
	trace.WithRegion(ctx, "work", func() {
		trace.Logf(ctx, "progress", "round %d", round%16)
	})
	task.End()
}

func allocate(keep [][]byte, round int) {
	for i := range keep {
		keep[i] = make([]byte, 512+64*(round%8))
	}
}

func work(l *lane, file *os.File, wait *sync.WaitGroup) {
	defer wait.Done()
	defer leave()
	keep := make([][]byte, 32)
	for round := 0; round < *rounds; round++ {
		wake(l, 40)
		call(l, file, 20)
		spawn(10)
		annotate(round)
		allocate(keep, round)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	flag.Parse()
	runtime.GOMAXPROCS(*procs)
	zero, err := os.Open("/dev/zero")
	check(err)
	file, err := os.Create(*out)
	check(err)
	check(trace.Start(file))
	var wait sync.WaitGroup
	workers := 8
	if *turns {
		workers = 2
	}
	for i := 0; i < workers; i++ {
		wait.Add(1)
		go work(&lane{number: int32(i), chance: uint64(i) + 1}, zero, &wait)
	}
	wait.Wait()
	trace.Stop()
	check(file.Close())
}
