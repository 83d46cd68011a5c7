// Package watch tells of changes in a folder, where the system can.
package watch

import "github.com/fsnotify/fsnotify"

// Folder sends on the channel after something in the folder has changed, once
// for all changes that nobody has heard of yet. Where the system cannot tell
// it never does: whoever listens looks from time to time anyway.
func Folder(path string) (changed <-chan struct{}, stop func()) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, func() {}
	}
	if w.Add(path) != nil {
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
