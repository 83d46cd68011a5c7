package main

import (
	"time"

	"github.com/fsnotify/fsnotify"
)

// watch sends on the channel after the folder has changed. Where the system
// cannot tell, it never does: the next scan comes anyway.
func watch(folder string) (changed <-chan struct{}, stop func()) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, func() {}
	}
	if w.Add(folder) != nil {
		w.Close()
		return nil, func() {}
	}
	tell := make(chan struct{}, 1)
	go func() {
		for open := true; open; {
			select {
			case _, open = <-w.Events:
			case _, open = <-w.Errors: // perhaps changes went unseen
			}
			select {
			case tell <- struct{}{}:
			default: // one is enough
			}
		}
	}()
	return tell, func() { w.Close() }
}

// wait returns after period, or settle after a change if that is sooner.
func wait(changed <-chan struct{}, period, settle time.Duration) {
	end := time.After(period)
	select {
	case <-end:
		return
	case <-changed:
	}
	select {
	case <-end:
	case <-time.After(settle):
	}
}
