package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
	"qmailkit/internal/queue"
)

// owner is who runs the program in a test.
func owner() int {
	if os.Getuid() == 0 {
		return other
	}
	return os.Getuid()
}

func TestQueued(t *testing.T) {
	w := newWorld(t)
	cmd := w.command()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil || stderr.Len() != 0 {
		t.Fatalf("%v %q", err, stderr.String())
	}
	if w.sound("queued") != 1 {
		t.Fatalf("%q", w.files())
	}
	uid, pid := strconv.Itoa(owner()), strconv.Itoa(cmd.Process.Pid)
	for _, name := range w.files() {
		text := clitest.Read(t, w.home+"/queue/"+name)
		want := "u" + uid + "\x00p" + pid + "\x00" + strings.TrimSuffix(envelope, "\x00")
		if strings.HasPrefix(name, "mess/") {
			first, rest, _ := strings.Cut(text, "\n")
			date, err := time.Parse("2 Jan 2006 15:04:05 -0000", strings.TrimPrefix(first, "Received: (qmail "+pid+" invoked by uid "+uid+"); "))
			if err != nil || time.Since(date) > time.Hour {
				t.Errorf("the line is %q: %v", first, err)
			}
			text, want = rest, message
		}
		if text != want {
			t.Errorf("%s is %q, want %q", name, text, want)
		}
		fi, err := os.Stat(w.home + "/queue/" + name)
		if err != nil {
			t.Fatal(err)
		}
		inode := strconv.FormatUint(fi.Sys().(*syscall.Stat_t).Ino, 10)
		if fi.Mode() != 0o644 || strings.HasPrefix(name, "mess/") && !strings.HasSuffix(name, "/"+inode) {
			t.Errorf("%s has mode %v and inode %s", name, fi.Mode(), inode)
		}
	}
}

// The caller's umask does not decide who may read the message.
func TestUmask(t *testing.T) {
	w := newWorld(t)
	command := w.command()
	shell := exec.Command("/bin/sh", "-c", `umask 077; exec "$0"`, command.Path)
	shell.Stdin, shell.Stdout, shell.SysProcAttr = command.Stdin, command.Stdout, command.SysProcAttr
	if err := shell.Run(); err != nil {
		t.Fatal(err)
	}
	for _, name := range w.files() {
		if fi, err := os.Stat(w.home + "/queue/" + name); err != nil || fi.Mode() != 0o644 {
			t.Errorf("%s: %v %v", name, fi.Mode(), err)
		}
	}
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare string // by the shell, in the home's folder
		code    int
	}{
		{"home", "rm -r home", queue.CodeHome},
		{"closed home", "chmod 0 home", queue.CodeHome},
		{"queue", "rm -r home/queue", queue.CodeQueue},
		{"queue is a file", "rm -r home/queue; : > home/queue", queue.CodeQueue},
		{"pid", "rmdir home/queue/pid", queue.CodePid},
		{"read-only pid", "chmod 500 home/queue/pid", queue.CodePid},
		{"mess", "rm -r home/queue/mess", queue.CodeMess},
		{"empty mess", "rmdir home/queue/mess/*", queue.CodeMess},
		{"read-only mess", "chmod 500 home/queue/mess/*", queue.CodeMess},
		{"intd", "rmdir home/queue/intd", queue.CodeIntd},
		{"read-only intd", "chmod 500 home/queue/intd", queue.CodeIntd},
		{"todo", "rmdir home/queue/todo", queue.CodeTodo},
		{"read-only todo", "chmod 500 home/queue/todo", queue.CodeTodo},
		{"no trigger", "rm home/queue/lock/trigger", 0},
		{"split todo", "cd home/queue; mkdir todo/0 todo/1 todo/2 intd/0 intd/1 intd/2", 0},
		{"envelope ends early", "printf 'Fa\\0Tb\\0' > envelope", queue.CodeRead},
		{"no envelope", ": > envelope", queue.CodeRead},
		{"long address", `head -c 1004 /dev/zero | tr '\0' F > envelope`, queue.CodeAddress},
		{"no sender", "printf 'Ta\\0\\0' > envelope", queue.CodeFormat},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			command := w.command()
			shell := exec.Command("/bin/sh", "-ec", c.prepare)
			shell.Dir = w.dir
			if strings.HasPrefix(c.prepare, "cd ") {
				shell.SysProcAttr = command.SysProcAttr // who owns the new folders
			}
			if out, err := shell.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			command.Stdout = clitest.Open(t, w.dir+"/envelope")
			if err := command.Run(); killtest.Code(err) != c.code {
				t.Errorf("exit %d, want %d", killtest.Code(err), c.code)
			}
			os.Chmod(w.home, 0o755)
			entries := 0
			for _, name := range w.files() {
				if strings.HasPrefix(name, "todo/") {
					entries++
				}
			}
			if (c.code == 0) != (entries == 1) {
				t.Errorf("exit %d with %q", c.code, w.files())
			}
			if left := w.files(); c.code != 0 && c.code != queue.CodeTodo && len(left) != 0 {
				t.Errorf("left %q", left)
			}
		})
	}
}

// A closed descriptor 0 is no empty message.
func TestClosedInput(t *testing.T) {
	w := newWorld(t)
	command := w.command()
	shell := exec.Command("/bin/sh", "-c", `exec "$0" <&-`, command.Path)
	shell.Stdout, shell.SysProcAttr = command.Stdout, command.SysProcAttr
	if err := shell.Run(); killtest.Code(err) != queue.CodeRead || len(w.files()) != 0 {
		t.Errorf("%v %q", err, w.files())
	}
	command.Stdin = nil // /dev/null, open for reading
	if err := command.Run(); err != nil {
		t.Errorf("an empty message: %v", err)
	}
}

// A limit on file sizes is an error, not a signal.
func TestFileSizeLimit(t *testing.T) {
	w := newWorld(t)
	command := w.command()
	shell := exec.Command("/bin/sh", "-c", `ulimit -f 8; exec "$0"`, command.Path)
	shell.Stdin, shell.Stdout, shell.SysProcAttr = strings.NewReader(strings.Repeat("x", 1<<20)), command.Stdout, command.SysProcAttr
	if err := shell.Run(); killtest.Code(err) != queue.CodeWrite || len(w.files()) != 0 {
		t.Errorf("%v %q", err, w.files())
	}
}

// waiting starts the program and returns when it waits for more of its message.
func waiting(t *testing.T, w *world) (*exec.Cmd, io.WriteCloser) {
	t.Helper()
	command := w.command()
	command.Stdin = nil
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill() })
	for len(w.files()) == 0 || strings.HasPrefix(w.files()[0], "pid/") {
		time.Sleep(time.Millisecond)
	}
	return command, input
}

// An alarm, as at the end of the program's lifetime, and a bug end it on the
// spot, its files left for qmail-send to clean up.
func TestDeadlySignals(t *testing.T) {
	for signal, want := range map[syscall.Signal]int{
		syscall.SIGALRM: queue.CodeTimeout, syscall.SIGSEGV: queue.CodeBug, syscall.SIGABRT: queue.CodeBug, syscall.SIGTERM: -1,
	} {
		w := newWorld(t)
		command, input := waiting(t, w)
		// More than a pipe holds: when a piece is written the program has read
		// most of it, and when it was old enough before, it is on watch.
		piece := make([]byte, 256<<10)
		for age := time.Now(); time.Since(age) < 2*patience; time.Sleep(time.Millisecond) {
			input.Write(piece)
		}
		input.Write(piece)
		command.Process.Signal(signal)
		if err := command.Wait(); killtest.Code(err) != want {
			t.Errorf("%v: %v", signal, err)
		}
		if left := w.files(); len(left) != 1 || !strings.HasPrefix(left[0], "mess/") {
			t.Errorf("%v: left %q", signal, left)
		}
	}
}

func TestIgnoredSignals(t *testing.T) {
	w := newWorld(t)
	command, input := waiting(t, w)
	for _, signal := range ignored {
		if err := command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	io.WriteString(input, message)
	input.Close()
	if err := command.Wait(); err != nil || w.sound("ignored") != 1 {
		t.Errorf("%v %q", err, w.files())
	}
}

// The runtime heeds these even when set-uid. They may slow the program or
// make it talk, not change what it does.
func TestHostileEnvironment(t *testing.T) {
	w := newWorld(t)
	for _, env := range []string{"GOGC=1", "GOMEMLIMIT=1", "GOMAXPROCS=1000", "GODEBUG=gctrace=1,inittrace=1,gcstoptheworld=2", "GOTRACEBACK=crash"} {
		command := w.command()
		command.Env = []string{env}
		if err := command.Run(); err != nil || w.sound(env) != 1 {
			t.Errorf("%s: %v %q", env, err, w.files())
		}
		w.empty()
	}
}

// endless gives n bytes of b, over and over.
type endless struct {
	b []byte
	n int
}

func (e *endless) Read(b []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := copy(b, e.b)
	e.n -= n
	return n, nil
}

// Whatever the size of the message and the number of recipients, the program
// stays as small as it is.
func TestMemory(t *testing.T) {
	w := newWorld(t)
	command := w.command()
	command.Stdin = &endless{bytes.Repeat([]byte("x"), 32<<10), 40 << 20}
	r, envelope, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout = r
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	r.Close()
	io.WriteString(envelope, "Fa\x00")
	io.Copy(envelope, &endless{bytes.Repeat([]byte("Tu@test.example\x00"), 2048), 10 << 20})
	status, err := os.ReadFile("/proc/" + strconv.Itoa(command.Process.Pid) + "/status")
	envelope.Write([]byte{0})
	envelope.Close()
	if werr := command.Wait(); werr != nil {
		t.Fatal(werr)
	}
	_, most, found := strings.Cut(string(status), "VmHWM:")
	if err != nil || !found {
		t.Skip("there is no /proc to tell how big it was")
	}
	if kib, err := strconv.Atoi(strings.Fields(most)[0]); err != nil || kib > 16<<10 {
		t.Errorf("took %d KiB for 50 MB", kib)
	}
}

// A bug is exit 81, not a stack on somebody's terminal.
func TestBug(t *testing.T) {
	w := newWorld(t)
	if os.Getuid() == 0 {
		os.Chown(w.home, 1, 1)
		os.Chown(w.home+"/queue", 1, 1)
	}
	p, finish := clitest.Proc(t, "qmail-queue", clitest.World{Home: w.home})
	p.Now = nil // which is no clock
	err := enqueue(p, strings.NewReader(message), strings.NewReader(envelope))
	if r := finish(p.End(err)); r.Code != queue.CodeBug || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
	if code := queue.Code(errors.New("other")); code != queue.CodeBug {
		t.Errorf("exit %d", code)
	}
}
