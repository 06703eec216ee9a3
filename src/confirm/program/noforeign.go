package main

import "errors"

func startForeign(makers, calls int, useUpKeys bool) error {
	if makers > 0 {
		return errors.New("this program was built without C")
	}
	return nil
}
