// Package spawn is the server side of the protocol that qmail-send speaks with
// qmail-lspawn and qmail-rspawn.
//
// A request is the delivery number (one byte), the message's file below
// queue/mess, the sender and the recipient, each ended by a NUL. A report is
// the delivery number, K, Z or D and text, and a NUL. The server announces the
// number of deliveries that it can hold at once in its first byte. Two that
// agree to may use more; see Variable.
package spawn

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"qmailkit/internal/plain"
)

// Limit is how many deliveries a spawner of this protocol offers (conf-spawn).
const Limit = 120

// maxField bounds what is kept of a request's field.
const maxField = 1 << 20

// maxName is one more than the longest message name, "22/1234".
const maxName = 100

// Job is one delivery to one recipient.
type Job struct {
	Message *os.File // open at its start; closed when Deliver returns
	FD      plain.FD // its descriptor
	Sender  string
	Box     string // the recipient up to its last '@'
	Host    string // what follows that
}

// Server turns requests into deliveries. Its first fields must be set.
type Server struct {
	In      io.Reader
	Out     io.Writer
	Mess    string // the folder queue/mess
	Owner   uint32 // the uid that message files must have: qmailq's
	Deliver func(Job) (report string)

	// NoFiles is that a Job's Message is nil: there is its FD.
	NoFiles bool

	limit int // of the slots
	wide  bool

	mu      sync.Mutex // guards what follows
	used    [1 << 16]bool
	waiting []byte // what is to be written
	writing bool   // somebody does
	mute    bool   // qmail-send no longer listens
	group   sync.WaitGroup
}

// Serve runs until the input ends and every delivery has been reported.
// Deliveries run side by side.
func (s *Server) Serve() {
	s.limit = Limit
	s.write([]byte{Limit})
	var req request
	buf := make([]byte, 4096)
	for {
		n, err := s.In.Read(buf)
		for _, c := range buf[:n] {
			if req.add(c) {
				s.start(&req)
				req = request{wide: s.wide}
			}
		}
		if err != nil {
			break
		}
	}
	s.group.Wait()
}

// request gathers one request, byte by byte.
type request struct {
	wide    bool
	begun   int // bytes of the slot
	slot    int
	field   int
	fields  [3]strings.Builder // message name, sender, recipient
	tooLong bool
}

// add takes the next byte and tells whether it ends the request.
func (r *request) add(c byte) bool {
	if r.begun < slotSize(r.wide) {
		r.begun, r.slot = r.begun+1, r.slot<<8|int(c)
		return false
	}
	if c == 0 {
		r.field++
		return r.field == len(r.fields)
	}
	f := &r.fields[r.field]
	if f.Len() >= maxField {
		r.tooLong = true
		return false
	}
	f.WriteByte(c)
	return false
}

// start checks a request and sets its delivery going, or reports at once.
func (s *Server) start(r *request) {
	slot := r.slot
	if !s.wide && r.asksWide() {
		s.widen()
		return
	}
	job, report := s.job(r)
	if report != "" {
		s.report(slot, report)
		return
	}
	s.mu.Lock()
	s.used[slot] = true
	s.mu.Unlock()
	s.group.Go(func() {
		report := s.Deliver(job)
		if job.Message != nil {
			job.Message.Close()
		} else {
			job.FD.Close()
		}
		s.mu.Lock()
		s.used[slot] = false // before qmail-send hears of it and uses it again
		s.mu.Unlock()
		s.report(slot, report)
	})
}

// job makes a delivery of a request, or says what is wrong with it.
func (s *Server) job(r *request) (Job, string) {
	name, recipient := r.fields[0].String(), r.fields[2].String()
	s.mu.Lock()
	used := s.used[r.slot]
	s.mu.Unlock()
	switch {
	case r.tooLong:
		return Job{}, "Zqmail-spawn out of memory. (#4.3.0)\n"
	case r.slot >= s.limit:
		return Job{}, "ZInternal error: delnum too big. (#4.3.5)\n"
	case used:
		return Job{}, "ZInternal error: delnum in use. (#4.3.5)\n"
	case !numeric(name):
		return Job{}, "DInternal error: messid has nonnumerics. (#5.3.5)\n"
	case len(name) >= maxName:
		return Job{}, "DInternal error: messid too long. (#5.3.5)\n"
	case name == "":
		return Job{}, "DInternal error: messid too short. (#5.3.5)\n"
	}
	at := strings.LastIndexByte(recipient, '@')
	if at < 0 {
		return Job{}, "DSorry, address must include host name. (#5.1.3)\n"
	}
	fd, report := s.open(name)
	if report != "" {
		return Job{}, report
	}
	job := Job{FD: fd, Sender: r.fields[1].String(), Box: recipient[:at], Host: recipient[at+1:]}
	if !s.NoFiles {
		syscall.SetNonblock(int(fd), false) // or the poller would be asked whether it knows what to do with it
		job.Message = os.NewFile(uintptr(fd), name)
	}
	return job, ""
}

// numeric allows digits, and slashes but in the first place.
func numeric(name string) bool {
	for i := 0; i < len(name); i++ {
		if name[i]-'0' > 9 && (i == 0 || name[i] != '/') {
			return false
		}
	}
	return true
}

// open opens a message that qmailq has written.
func (s *Server) open(name string) (plain.FD, string) {
	fd, err := plain.OpenFD(s.Mess+"/"+name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return -1, "Zqmail-spawn unable to open message. (#4.3.0)\n"
	}
	var st syscall.Stat_t
	err = fd.Stat(&st)
	switch {
	case err != nil:
		fd.Close()
		return -1, "Zqmail-spawn unable to fstat message. (#4.3.0)\n"
	case st.Mode&syscall.S_IFMT != syscall.S_IFREG:
		fd.Close()
		return -1, "ZSorry, message has wrong type. (#4.3.5)\n"
	case st.Uid != s.Owner:
		fd.Close()
		return -1, "ZSorry, message has wrong owner. (#4.3.5)\n"
	}
	return fd, ""
}

func (s *Server) report(slot int, text string) {
	b := append(AppendSlot(nil, slot, s.wide), text...)
	s.write(append(b, 0))
}

// write writes b, and with it what others have to say by then, so that
// qmail-send is woken once for the reports of one moment. When it has gone
// there is nobody to tell.
func (s *Server) write(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = append(s.waiting, b...)
	if s.writing {
		return
	}
	s.writing = true
	s.mu.Unlock()
	runtime.Gosched() // they go first
	s.mu.Lock()
	var own []byte
	for len(s.waiting) > 0 {
		own, s.waiting = s.waiting, own[:0]
		if s.mute {
			continue
		}
		s.mu.Unlock()
		_, err := s.Out.Write(own)
		s.mu.Lock()
		s.mute = err != nil && !errors.Is(err, syscall.EINTR)
	}
	s.writing = false
}
