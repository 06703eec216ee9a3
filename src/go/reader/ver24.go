// What the readers of Go 1.23 and 1.24 call things, under the names that core.go uses.
package main

import (
	"fmt"
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

func syncDetails(trace.Event) string { return "" }

func extraDetails(e trace.Event) string {
	if e.Kind() != trace.EventExperimental {
		return ""
	}
	x := e.Experimental()
	s := " name=" + quote(x.Name)
	for i, name := range x.ArgNames {
		s += fmt.Sprintf(" %s=%d", name, x.Args[i])
	}
	return s
}
