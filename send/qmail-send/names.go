package main

import (
	"errors"
	"io"

	"qmailkit/internal/plain"
	"qmailkit/internal/queue"
)

// handful bounds how many names of a folder are held at a time.
const handful = 512

// eachName reads the names in dir that are message numbers and calls do with
// them, a handful at a time, until do is false.
func eachName(dir string, do func([]queue.ID) bool) error {
	f, err := plain.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		names, err := f.Readdirnames(handful)
		ids := make([]queue.ID, 0, len(names))
		for _, name := range names {
			if id, ok := queue.ParseID(name); ok {
				ids = append(ids, id)
			}
		}
		if len(ids) > 0 && !do(ids) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// allNames returns what eachName finds, in the folder's order.
func allNames(dir string) ([]queue.ID, error) {
	var all []queue.ID
	err := eachName(dir, func(ids []queue.ID) bool {
		all = append(all, ids...)
		return true
	})
	return all, err
}
