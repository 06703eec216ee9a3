// What the reader of Go 1.22 calls things, under the names that core.go uses.
package main

import trace "internal/trace/v2"

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
	s.Frames(func(x trace.StackFrame) bool { f(x); return true })
}

func syncDetails(trace.Event) string { return "" }

func extraDetails(trace.Event) string { return "" }
