package main

import (
	"time"

	"github.com/fsnotify/fsnotify"
)

// changes tells of those in one folder, where the system can. Where it cannot,
// or not any more, waiting just takes the whole period.
type changes struct{ watcher *fsnotify.Watcher }

func observe(folder string) *changes {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return &changes{}
	}
	if err := w.Add(folder); err != nil {
		w.Close()
		return &changes{}
	}
	return &changes{w}
}

func (c *changes) close() {
	if c.watcher != nil {
		c.watcher.Close()
	}
}

// wait returns after period, or settle after a change.
func (c *changes) wait(period, settle time.Duration) {
	end := time.NewTimer(period)
	defer end.Stop()
	var events chan fsnotify.Event
	var failures chan error
	if c.watcher != nil {
		events, failures = c.watcher.Events, c.watcher.Errors
	}
	for {
		select {
		case _, open := <-events:
			if open {
				end.Reset(settle)
			}
			events = nil // the first is enough
		case _, open := <-failures: // perhaps events were dropped
			if open {
				end.Reset(settle)
			}
			failures = nil
		case <-end.C:
			c.drain()
			return
		}
	}
}

// drain forgets the changes that the next screen will show anyway.
func (c *changes) drain() {
	for open := c.watcher != nil; open; {
		select {
		case _, open = <-c.watcher.Events:
		case _, open = <-c.watcher.Errors:
		default:
			return
		}
	}
}
