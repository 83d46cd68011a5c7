package systest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/queue"
	"qmailkit/internal/testhome"
)

// copiedMessages are in the queue that is copied.
const copiedMessages = 1000

// A queue that was copied, and one with damage of many kinds, are mended by
// "qmail queue repair", and qmail-send delivers each message that is whole.
func TestRepair(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		repaired(t, s, filepath.Join(s.home, "bin", "qmail"))
	})
}

// The same with qmail-send and all others of the C programs.
func TestRepairReference(t *testing.T) {
	home, ours := reference(t)
	program := filepath.Join(filepath.Dir(ours["qmail-queue"]), "qmail")
	repaired(t, withUsers(t, home, testhome.Copy{}), program)
}

func repaired(t *testing.T, s *system, program string) {
	if _, err := os.Stat(program); err != nil {
		t.Skip(err)
	}
	r := &patient{system: s, program: program}
	r.control("concurrencylocal", "20\n")
	for i := range copiedMessages {
		r.add("copied "+strconv.Itoa(i), i%3 == 0)
	}
	r.copyQueue()
	if wrong := r.misnamed(); wrong != copiedMessages {
		t.Fatalf("the copy has changed the inodes of %d messages", wrong)
	}
	if code, found := r.repair(); code != 0 || found.Whole != copiedMessages || found.Lost != 0 {
		t.Errorf("exit %d, %d whole, %d lost", code, found.Whole, found.Lost)
	}
	r.delivered("copied ", copiedMessages)

	lost := r.damage()
	code, found := r.repair()
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	for _, name := range lost {
		listed := func(f finding) bool { return f.Lost && f.ID == r.ids[name] }
		if !slices.ContainsFunc(found.Findings, listed) {
			t.Errorf("%s is not listed", name)
		}
	}
	r.delivered("whole ", len(r.whole))
	for _, text := range r.box("ann") {
		for _, name := range lost {
			if strings.Contains(text, "Subject: "+name+"\n") {
				t.Errorf("%s is not whole, and was delivered", name)
			}
		}
	}
}

// patient is a queue that needs mending.
type patient struct {
	*system
	program string
	ids     map[string]queue.ID
	whole   []string
}

type finding struct {
	ID   queue.ID
	Lost bool
}

type findings struct {
	Whole, Lost int
	Findings    []finding
}

func sender(name string) string { return strings.ReplaceAll(name, " ", "-") + "@from.example" }

func (r *patient) q() *queue.Queue {
	q, err := queue.Open(filepath.Join(r.home, "queue"))
	r.must(err)
	return q
}

// add writes a message to ann, as qmail-queue or qmail-send leave it.
func (r *patient) add(name string, todo bool) queue.ID {
	r.t.Helper()
	q := r.q()
	temporary := q.Root + "/pid/made"
	r.put(temporary, "Received: made\nSubject: "+name+"\n\nbody\n", 0o644, "pid")
	fi, err := os.Stat(temporary)
	r.must(err)
	id := queue.ID(fi.Sys().(*syscall.Stat_t).Ino)
	r.must(os.Rename(temporary, q.Path("mess", id)))
	if todo {
		r.put(q.Path("intd", id), "u1\x00p2\x00F"+sender(name)+"\x00Tann@test.example\x00", 0o644, "pid")
		r.must(os.Link(q.Path("intd", id), q.Path("todo", id)))
	} else {
		r.put(q.Path("info", id), "F"+sender(name)+"\x00", 0o600, "bounce")
		r.put(q.Path("local", id), "Dold@test.example\x00Tann@test.example\x00", 0o600, "bounce")
	}
	if r.ids == nil {
		r.ids = make(map[string]queue.ID)
	}
	r.ids[name] = id
	return id
}

// put writes a file that belongs to the owner of one of the queue's folders.
func (r *patient) put(path, text string, mode os.FileMode, like string) {
	r.t.Helper()
	r.must(os.WriteFile(path, []byte(text), mode))
	if os.Geteuid() == 0 {
		fi, err := os.Stat(filepath.Join(r.home, "queue", like))
		r.must(err)
		st := fi.Sys().(*syscall.Stat_t)
		r.must(os.Chown(path, int(st.Uid), int(st.Gid)))
	}
}

// copyQueue does what an administrator does who moves to another disk.
func (r *patient) copyQueue() {
	r.t.Helper()
	from := filepath.Join(r.home, "queue")
	for _, args := range [][]string{{"cp", "-a", from, from + ".new"}, {"rm", "-rf", from}, {"mv", from + ".new", from}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			r.t.Fatalf("%q: %v %s", args, err, out)
		}
	}
}

func (r *patient) misnamed() (n int) {
	for _, path := range globbed(r.t, filepath.Join(r.home, "queue/mess/*/*")) {
		fi, err := os.Stat(path)
		r.must(err)
		if strconv.FormatUint(fi.Sys().(*syscall.Stat_t).Ino, 10) != filepath.Base(path) {
			n++
		}
	}
	return n
}

// repair runs it, as the administrator: root, or who the home belongs to.
func (r *patient) repair() (code int, found findings) {
	r.t.Helper()
	cmd := r.command(r.program, "queue", "repair", "--json")
	cmd.Path, cmd.Stderr = r.program, os.Stderr
	out, err := cmd.Output()
	if cmd.ProcessState == nil {
		r.t.Fatal(err)
	}
	if err := json.Unmarshal(out, &found); err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	return cmd.ProcessState.ExitCode(), found
}

// delivered starts qmail, waits until the queue is empty, and looks whether
// ann has each message of that name once.
func (r *patient) delivered(prefix string, n int) {
	r.t.Helper()
	r.up()
	r.idle()
	r.down()
	got := make(map[string]int)
	for _, text := range r.box("ann") {
		_, rest, _ := strings.Cut(text, "\nSubject: ")
		subject, _, _ := strings.Cut(rest, "\n")
		if strings.HasPrefix(subject, prefix) {
			got[subject]++
		}
	}
	for i := range n {
		if name := prefix + strconv.Itoa(i); got[name] != 1 {
			r.t.Errorf("%q was delivered %d times", name, got[name])
		}
	}
}

// damage fills the queue anew, does all kinds of harm to it at once, and
// returns the messages that are not whole any more.
func (r *patient) damage() (lost []string) {
	r.t.Helper()
	q := r.q()
	one := func(todo bool) queue.ID {
		name := "whole " + strconv.Itoa(len(r.whole))
		r.whole = append(r.whole, name)
		return r.add(name, todo)
	}
	victim := func(todo bool) queue.ID {
		name := fmt.Sprintf("victim %d", len(lost))
		lost = append(lost, name)
		return r.add(name, todo)
	}
	for i := range 10 {
		one(i%2 == 0)
	}
	other := func(kind string, id queue.ID) string { // the same name in another folder
		return fmt.Sprintf("%s/%s/%d/%d", q.Root, kind, (uint64(id)+1)%q.Split, id)
	}
	r.must(
		os.Remove(q.Path("mess", victim(false))),                                             // 1 no text
		os.Remove(q.Path("mess", victim(true))),                                              // 2 the same, not sorted yet
		os.Truncate(q.Path("mess", victim(false)), 0),                                        // 3 text lost
		os.Remove(q.Path("info", victim(false))),                                             // 4 no sender
		os.Truncate(q.Path("info", victim(false)), 2),                                        // 5 half a sender
		os.Remove(q.Path("local", victim(false))),                                            // 6 no recipients
		os.Truncate(q.Path("local", victim(false)), 0),                                       // 7 an empty list of them
		os.Truncate(q.Path("local", victim(false)), 25),                                      // 8 a list cut within a record
		os.Truncate(q.Path("todo", victim(true)), 11),                                        // 9 half an envelope
		os.WriteFile(q.Path("local", one(false)), []byte("\x14ann@test.example\x00"), 0o600), // 10 a letter that is none
		os.WriteFile(q.Path("bounce", one(true)), []byte("another's\n"), 0o600),              // 11 a report of another message
		os.WriteFile(q.Path("bounce", 1), []byte("nobody's\n"), 0o600),                       // 12 a report of no message
		os.Rename(q.Path("info", r.ids["whole 1"]), other("info", r.ids["whole 1"])),         // 13 a file in the wrong folder
		os.WriteFile(other("mess", r.ids["whole 3"]), []byte("another\n"), 0o644),            // 14 a name there twice
		os.Chmod(q.Path("mess", one(true)), 0o400),                                           // 15 a mode that keeps readers out
		os.WriteFile(q.Root+"/info/1/core~", nil, 0o600),                                     // 16 a stray file
		os.Mkdir(q.Path("mess", 2), 0o700),                                                   // 17 a folder for a file
		os.Remove(q.Root+"/lock/trigger"),                                                    // 18 no trigger
		os.Truncate(q.Root+"/lock/tcpto", 3),                                                 // 19 a short tcpto
		os.Remove(q.Root+"/lock/sendmutex"),                                                  // 20 no lock
		os.Chmod(q.Root+"/info", 0o777),                                                      // 22 a folder's mode
	)
	half := one(true) // 23 half an envelope, of which intd has a whole copy
	text, err := os.ReadFile(q.Path("todo", half))
	r.must(err, os.Remove(q.Path("todo", half)), os.WriteFile(q.Path("todo", half), text[:7], 0o644))
	if os.Geteuid() == 0 && r.cred == nil {
		r.must(os.Chown(q.Path("local", one(false)), 0, 0), os.Chown(q.Path("mess", one(true)), 0, 0)) // 24 owners
	}
	for i := range q.Split { // 25 a folder of the split that is missing
		if i > 0 && os.Remove(fmt.Sprintf("%s/remote/%d", q.Root, i)) == nil {
			break
		}
	}
	r.must(os.RemoveAll(q.Root + "/pid")) // 21 no folder pid
	if r.cred != nil {
		r.must(filepath.WalkDir(q.Root, func(path string, _ os.DirEntry, err error) error {
			r.must(err)
			return os.Lchown(path, r.person.uid, r.person.gid)
		}))
	}
	r.copyQueue() // 26 all names are no inodes
	return lost
}
