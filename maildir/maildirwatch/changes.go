package main

import "time"

// wait returns after period, or settle after a change.
func wait(changed <-chan struct{}, period, settle time.Duration) {
	end := time.NewTimer(period)
	defer end.Stop()
	select {
	case <-end.C:
	case <-changed:
		end.Reset(settle)
		<-end.C
	}
	select { // what has changed since will be seen
	case <-changed:
	default:
	}
}
