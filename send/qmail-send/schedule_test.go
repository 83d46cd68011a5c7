package main

import (
	"math/rand/v2"
	"slices"
	"testing"

	"qmailkit/internal/queue"
)

func TestScheduleOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s schedule
		var want []int64
		for range rng.IntN(300) {
			if due, ok := s.next(); ok && rng.IntN(3) == 0 {
				s.pop()
				slices.Sort(want)
				if due.due != want[0] {
					t.Fatalf("popped %d, want %d", due.due, want[0])
				}
				want = want[1:]
				continue
			}
			due := rng.Int64N(50)
			s.insert(queue.ID(due), due)
			want = append(want, due)
		}
		slices.Sort(want)
		for _, due := range want {
			e, ok := s.next()
			if !ok || e.due != due || e.id != queue.ID(due) {
				t.Fatalf("%v %v, want %d", e, ok, due)
			}
			s.pop()
		}
		if _, ok := s.next(); ok {
			t.Fatal("more came out than went in")
		}
	}
}

// The order of what is due at one time is that of the C program's heap.
func TestScheduleTies(t *testing.T) {
	var s schedule
	for id := range queue.ID(8) {
		s.insert(id, 5)
	}
	var got []queue.ID
	for len(s) > 0 {
		e, _ := s.next()
		got = append(got, e.id)
		s.pop()
	}
	if want := []queue.ID{0, 7, 6, 5, 4, 3, 2, 1}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	s.insert(1, 10)
	s.insert(2, 20)
	s.allDue(3)
	if e, _ := s.next(); e.due != 3 || s[1].due != 3 {
		t.Errorf("%v", s)
	}
}
