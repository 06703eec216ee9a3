// Prints, in the comparison form GTL1, what Go's own reader sees in each trace of a stream.
//
// Standard input is a sequence of frames: the length of a trace in bytes (8 bytes, little-endian), then the trace.
// For each frame the lines of GTL1 are printed and flushed; the line that starts with END is a trace's last.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// quote prints the bytes of s so that no separator of GTL1 can occur in the result.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != ',' && c != ';' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "\\x%02x", c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func resource(id ResourceID) string {
	switch id.Kind {
	case ResourceGoroutine:
		return "g" + strconv.FormatInt(int64(id.Goroutine()), 10)
	case ResourceProc:
		return "p" + strconv.FormatInt(int64(id.Proc()), 10)
	case ResourceThread:
		return "m" + strconv.FormatInt(int64(id.Thread()), 10)
	}
	return "-"
}

// stack prints frames; a stack id that the trace does not hold makes the accessor panic, and is printed as "!".
func stack(s Stack) (out string) {
	defer func() {
		if recover() != nil {
			out = "!"
		}
	}()
	var parts []string
	eachFrame(s, func(f StackFrame) {
		parts = append(parts, fmt.Sprintf("%x,%s,%s,%d", f.PC, quote(f.Func), quote(f.File), f.Line))
	})
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ";")
}

// details prints what the accessor of the event's kind says; where that accessor panics it is "!".
func details(e Event) (out string) {
	defer func() {
		if recover() != nil {
			out = " !"
		}
	}()
	switch e.Kind() {
	case EventSync:
		return syncDetails(e)
	case EventMetric:
		m := e.Metric()
		return fmt.Sprintf(" name=%s value=%d", quote(m.Name), m.Value.Uint64())
	case EventLabel:
		l := e.Label()
		return fmt.Sprintf(" label=%s res=%s", quote(l.Label), resource(l.Resource))
	case EventRangeBegin, EventRangeActive, EventRangeEnd:
		return rangeDetails(e)
	case EventTaskBegin, EventTaskEnd:
		t := e.Task()
		return fmt.Sprintf(" id=%d parent=%d type=%s", uint64(t.ID), uint64(t.Parent), quote(t.Type))
	case EventRegionBegin, EventRegionEnd:
		r := e.Region()
		return fmt.Sprintf(" task=%d type=%s", uint64(r.Task), quote(r.Type))
	case EventLog:
		l := e.Log()
		return fmt.Sprintf(" task=%d cat=%s msg=%s", uint64(l.Task), quote(l.Category), quote(l.Message))
	case EventStateTransition:
		return transitionDetails(e)
	}
	return extraDetails(e)
}

func rangeDetails(e Event) string {
	r := e.Range()
	s := fmt.Sprintf(" name=%s scope=%s", quote(r.Name), resource(r.Scope))
	if e.Kind() == EventRangeEnd {
		for _, a := range e.RangeAttributes() {
			s += fmt.Sprintf(" attr=%s:%d", quote(a.Name), a.Value.Uint64())
		}
	}
	return s
}

func transitionDetails(e Event) string {
	t := e.StateTransition()
	s := " res=" + resource(t.Resource)
	switch t.Resource.Kind {
	case ResourceGoroutine:
		from, to := t.Goroutine()
		s += fmt.Sprintf(" from=%s to=%s", from, to)
	case ResourceProc:
		from, to := t.Proc()
		s += fmt.Sprintf(" from=%s to=%s", from, to)
	}
	return s + " reason=" + quote(t.Reason) + " tstk=" + stack(t.Stack)
}

// firstLine cuts an error text before the dump of the frontier, whose order is random.
func firstLine(err error) string {
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

func dump(trace []byte, w *bufio.Writer) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(w, "END panic %s\n", quote(fmt.Sprint(p)))
		}
	}()
	reader, err := NewReader(bytes.NewReader(trace))
	if err != nil {
		fmt.Fprintf(w, "END open-error %s\n", quote(firstLine(err)))
		return
	}
	count := 0
	for {
		e, err := reader.ReadEvent()
		if err == io.EOF {
			fmt.Fprintf(w, "END ok %d\n", count)
			return
		}
		if err != nil {
			fmt.Fprintf(w, "END error %d %s\n", count, quote(firstLine(err)))
			return
		}
		count++
		fmt.Fprintf(w, "%d %d %d %d %s%s stk=%s\n", int64(e.Time()), int64(e.Thread()), int64(e.Proc()), int64(e.Goroutine()),
			e.Kind(), details(e), stack(e.Stack()))
	}
}

func fail(doing string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", doing, err)
	os.Exit(1)
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	for {
		var size uint64
		err := binary.Read(in, binary.LittleEndian, &size)
		if err == io.EOF {
			return
		}
		if err != nil {
			fail("reading the length of a frame", err)
		}
		trace := make([]byte, size)
		if _, err := io.ReadFull(in, trace); err != nil {
			fail("reading a frame", err)
		}
		dump(trace, out)
		if err := out.Flush(); err != nil {
			fail("writing", err)
		}
	}
}
