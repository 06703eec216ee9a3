package main

import (
	"fmt"
	"strings"
	_ "unsafe"
)

// The same as in the runtime.
type site struct{ micros, oneIn, when, until, settle, syscall, seen, paused uint32 }

//go:linkname sites runtime.procstealSites
var sites [32]site

// setPauses takes "number:micros:oneIn:when:until:settle:syscall", separated by commas.
func setPauses(list string) error {
	for _, one := range strings.Split(list, ",") {
		if one == "" {
			continue
		}
		var number uint32
		var s site
		_, err := fmt.Sscanf(one, "%d:%d:%d:%d:%d:%d:%d", &number, &s.micros, &s.oneIn, &s.when, &s.until, &s.settle, &s.syscall)
		if err != nil || number >= uint32(len(sites)) || s.oneIn == 0 {
			return fmt.Errorf("pause %q: %v", one, err)
		}
		sites[number] = s
	}
	return nil
}

// printPauses prints how many threads were delayed, as one line "number count" for each place with a delay.
func printPauses() {
	for number, s := range sites {
		if s.micros != 0 {
			fmt.Println(number, s.paused)
		}
	}
}
