// Threads that C makes and that call Go: needm and dropm (spec 3.18).
package main

/*
#include <pthread.h>
#include <unistd.h>

extern void procstealCallback(void);

static int procsteal_calls;

// A thread that Go did not make. Go gives it up when it ends or, without a key for that, after each call.
static void *procsteal_caller(void *nothing) {
	for (int i = 0; i < procsteal_calls; i++) {
		procstealCallback();
		usleep(100);
	}
	return nothing;
}

static void *procsteal_maker(void *nothing) {
	pthread_t caller;
	while (pthread_create(&caller, NULL, procsteal_caller, NULL) == 0) {
		pthread_join(caller, NULL);
	}
	return nothing;
}

static int procsteal_make(int makers, int calls) {
	pthread_t maker;
	procsteal_calls = calls;
	for (int i = 0; i < makers; i++) {
		int failed = pthread_create(&maker, NULL, procsteal_maker, NULL);
		if (failed) return failed;
	}
	return 0;
}

// Go makes its own key when C calls it for the first time, and does without one when there is none left.
static void procsteal_use_up_keys(void) {
	pthread_key_t key;
	while (pthread_key_create(&key, NULL) == 0) {}
}
*/
import "C"

import "fmt"

//export procstealCallback
func procstealCallback() {
	compute(*work)
}

func startForeign(makers, calls int, useUpKeys bool) error {
	if useUpKeys {
		C.procsteal_use_up_keys()
	}
	if failed := C.procsteal_make(C.int(makers), C.int(calls)); failed != 0 {
		return fmt.Errorf("pthread_create: %d", failed)
	}
	return nil
}
