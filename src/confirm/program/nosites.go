package main

import "errors"

func setPauses(list string) error {
	if list != "" {
		return errors.New("this program was built without delays")
	}
	return nil
}

func printPauses() {}
