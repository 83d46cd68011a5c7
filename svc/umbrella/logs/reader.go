package logs

import (
	"os"
	"path/filepath"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/watch"
)

// Reader gives the lines of several places in the order of their times.
type Reader struct {
	sources []*source
	changed chan struct{}
	done    chan struct{}
	stops   []func()
}

// Open opens places. stdin is what "-" means; now is the clock.
func Open(places []Place, stdin *os.File, now func() time.Time) (*Reader, error) {
	r := &Reader{}
	for _, place := range places {
		s, err := begin(place, stdin, Parser{Now: now})
		if err != nil {
			r.Close()
			return nil, err
		}
		r.sources = append(r.sources, s)
	}
	return r, nil
}

// Read gives f all lines that are there and that it has not had, until f
// returns an error. It may be called again.
func (r *Reader) Read(f func(Line) error) error {
	for {
		var next *source
		for _, s := range r.sources {
			if err := s.fill(); err != nil {
				return err
			}
			if s.head != nil && (next == nil || s.head.Time.Before(next.head.Time)) {
				next = s
			}
		}
		if next == nil {
			return nil
		}
		l := *next.head
		next.head = nil
		if err := f(l); err != nil {
			return err
		}
	}
}

// More tells whether anything may follow: not when all is standard input.
func (r *Reader) More() bool {
	for _, s := range r.sources {
		if s.place.Path != "-" {
			return true
		}
	}
	return false
}

// Watch begins to notice changes. What changes from then on is told by the
// channel that it returns; who waits for it looks from time to time anyway.
func (r *Reader) Watch() <-chan struct{} {
	r.changed, r.done = make(chan struct{}, 1), make(chan struct{})
	seen := make(map[string]bool)
	for _, s := range r.sources {
		folder := filepath.Dir(s.name())
		if s.place.Path == "-" || seen[folder] {
			continue
		}
		seen[folder] = true
		changed, stop := watch.Folder(folder)
		r.stops = append(r.stops, stop)
		go r.pass(changed)
	}
	return r.changed
}

func (r *Reader) pass(changed <-chan struct{}) {
	for {
		select {
		case <-changed:
		case <-r.done:
			return
		}
		select {
		case r.changed <- struct{}{}:
		default:
		}
	}
}

// Close ends reading and watching.
func (r *Reader) Close() {
	for _, s := range r.sources {
		s.close()
	}
	for _, stop := range r.stops {
		stop()
	}
	if r.done != nil {
		close(r.done)
	}
}

// Find opens the logs that names say, or without any those of p's home or of
// this system.
func Find(p *cmd.Proc, names []string) (*Reader, error) {
	var places []Place
	var err error
	if len(names) > 0 {
		places, err = Named(names)
	} else {
		places, err = Usual(Services(p.Home), Folders(p.Home), Files())
	}
	if err != nil {
		return nil, err
	}
	return Open(places, p.Stdin, p.Now)
}
