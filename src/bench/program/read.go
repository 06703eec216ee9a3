// Reads a trace with Go's own reader, as often as it is told to, and says how long each time took.
//
// For each line on standard input one line is printed: events, nanoseconds of wall time, nanoseconds of CPU time, and
// the most memory the process ever had, in bytes.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"internal/trace"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(data []byte) (events int) {
	reader, err := trace.NewReader(bytes.NewReader(data))
	check(err)
	for {
		_, err := reader.ReadEvent()
		if err == io.EOF {
			return events
		}
		check(err)
		events++
	}
}

func cpu() int64 {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

// peak is the high-water mark of resident memory. Getrusage would count what the parent had before this program ran.
func peak() (bytes int64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &bytes); n == 1 {
			return bytes * 1024
		}
	}
	return 0
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	check(err)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		wallBefore, cpuBefore := time.Now(), cpu()
		events := read(data)
		fmt.Println(events, time.Since(wallBefore).Nanoseconds(), cpu()-cpuBefore, peak())
	}
	check(lines.Err())
}
