// What the readers of Go 1.26 and 1.27 call things, under the names that core.go uses.
package main

import (
	"fmt"
	"hash/fnv"
	"internal/trace"
)

type (
	ResourceID = trace.ResourceID
	Stack      = trace.Stack
	StackFrame = trace.StackFrame
	Event      = trace.Event
)

const (
	ResourceGoroutine    = trace.ResourceGoroutine
	ResourceProc         = trace.ResourceProc
	ResourceThread       = trace.ResourceThread
	EventSync            = trace.EventSync
	EventMetric          = trace.EventMetric
	EventLabel           = trace.EventLabel
	EventRangeBegin      = trace.EventRangeBegin
	EventRangeActive     = trace.EventRangeActive
	EventRangeEnd        = trace.EventRangeEnd
	EventTaskBegin       = trace.EventTaskBegin
	EventTaskEnd         = trace.EventTaskEnd
	EventRegionBegin     = trace.EventRegionBegin
	EventRegionEnd       = trace.EventRegionEnd
	EventLog             = trace.EventLog
	EventStateTransition = trace.EventStateTransition
)

var NewReader = trace.NewReader

func eachFrame(s trace.Stack, f func(trace.StackFrame)) {
	for x := range s.Frames() {
		f(x)
	}
}

func syncDetails(e trace.Event) string {
	s := e.Sync()
	out := fmt.Sprintf(" n=%d", s.N)
	if c := s.ClockSnapshot; c != nil {
		out += fmt.Sprintf(" clock=%d,%d,%d,%d", int64(c.Trace), c.Mono, c.Wall.Unix(), c.Wall.Nanosecond())
	}
	for _, batch := range s.ExperimentalBatches["AllocFree"] {
		hash := fnv.New64a()
		hash.Write(batch.Data)
		out += fmt.Sprintf(" exp=AllocFree,%d,%d,%016x", int64(batch.Thread), len(batch.Data), hash.Sum64())
	}
	return out
}

func extraDetails(e trace.Event) string {
	if e.Kind() != trace.EventExperimental {
		return ""
	}
	x := e.Experimental()
	s := " name=" + quote(x.Name)
	for i, name := range x.Args {
		s += fmt.Sprintf(" %s=%d", name, x.ArgValue(i).Uint64())
	}
	return s
}
