// Writes a large execution trace of a busy program: goroutines that wake each other, make system calls, are born and
// die, allocate, and mark tasks and regions.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
)

var (
	out    = flag.String("out", "load.trace", "the file for the trace")
	rounds = flag.Int("rounds", 1000, "how often each worker does everything")
	procs  = flag.Int("procs", 4, "GOMAXPROCS")
)

var sink [][]byte

// wake lets two goroutines block and ready each other.
func wake(count int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for value := range ping {
			pong <- value
		}
		close(pong)
	}()
	for i := 0; i < count; i++ {
		ping <- i
		<-pong
	}
	close(ping)
	<-pong
}

// call makes system calls that are short.
func call(file *os.File, count int) {
	var buffer [16]byte
	for i := 0; i < count; i++ {
		file.Read(buffer[:])
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

func work(file *os.File, wait *sync.WaitGroup) {
	defer wait.Done()
	keep := make([][]byte, 32)
	for round := 0; round < *rounds; round++ {
		wake(40)
		call(file, 20)
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
	for i := 0; i < 2**procs; i++ {
		wait.Add(1)
		go work(zero, &wait)
	}
	wait.Wait()
	trace.Stop()
	check(file.Close())
}
