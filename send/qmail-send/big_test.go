package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// bigQueue names the environment variable that asks for the measurement below;
// its value is the number of messages, 100000 say.
const bigQueue = "QMAILKIT_BIG_QUEUE"

// TestBigQueue measures qmail-send with many messages waiting: its memory, and
// how long a new message takes to its delivery, beside an empty queue.
func TestBigQueue(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv(bigQueue))
	if n == 0 {
		t.Skip("set " + bigQueue + "=100000 to measure a big queue")
	}
	full, empty := bigHome(t), bigHome(t)
	fill(t, full, n)
	syscall.Sync() // what the test wrote is no cost of qmail-send's
	small := startBig(t, empty)
	large := startBig(t, full)
	t.Logf("%d messages, while starting: %v a message", n, large.newMessages(t, 0))
	for round := 1; round < 5; round++ {
		t.Logf("none: %v a message, %d messages: %v", small.newMessages(t, round), n, large.newMessages(t, round))
	}
	t.Logf("memory: none %d kB, %d messages %d kB", small.rss(t), n, large.rss(t))
	small.stop(t)
	begin := time.Now()
	large.stop(t)
	t.Logf("TERM: %v", time.Since(begin))
}

// bigHome makes a home with a qmail-send of its own.
func bigHome(t *testing.T) string {
	home := newHome(t)
	build := exec.Command("go", "build", "-ldflags", "-X qmailkit/internal/home.dir="+home, "-o", home+"/bin/qmail-send", ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	return home
}

// fill puts n messages into the queue whose next try is in an hour.
func fill(t *testing.T, home string, n int) {
	later := time.Now().Add(time.Hour)
	for id := firstBig; id < firstBig+n; id++ {
		split := "/" + strconv.Itoa(id%3) + "/" + strconv.Itoa(id)
		write(t, home+"/queue/mess"+split, "x\n")
		write(t, home+"/queue/info"+split, "Fsender@example.org\x00")
		write(t, home+"/queue/remote"+split, "Trecipient@far.example.org\x00")
		if err := os.Chtimes(home+"/queue/remote"+split, later, later); err != nil {
			t.Fatal(err)
		}
	}
}

const firstBig = 1000 // message number

// big is a qmail-send process.
type big struct {
	*daemon
	cmd *exec.Cmd
}

func startBig(t *testing.T, home string) *big {
	d := newDaemon(t, home)
	c := exec.Command(home + "/bin/qmail-send")
	c.Stdin, c.Stdout, c.Stderr = d.proc.Stdin, d.proc.Stdout, d.proc.Stderr
	for n := 3; n <= 6; n++ {
		c.ExtraFiles = append(c.ExtraFiles, d.proc.FD(n))
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	d.to[0].WriteString("x")
	d.to[1].WriteString("x")
	if line, err := d.log.ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	go func() { // qmail-clean
		in := bufio.NewReader(d.from[2])
		for {
			request, err := in.ReadString(0)
			if err != nil {
				return
			}
			what, id, _ := strings.Cut(strings.TrimSuffix(request, "\x00"), "/")
			n, _ := strconv.Atoi(id)
			os.Remove(map[string]string{"todo": home + "/queue/todo/" + id, "foop": home + "/queue/mess/" + strconv.Itoa(n%3) + "/" + id}[what])
			d.to[2].WriteString("+")
		}
	}()
	return &big{d, c}
}

// newMessages queues messages one after the other and returns the mean time to
// the request to the spawner.
func (b *big) newMessages(t *testing.T, round int) time.Duration {
	const count = 50
	first := 1 + round*count
	local := bufio.NewReader(b.from[0])
	var total time.Duration
	for id := first; id < first+count; id++ {
		write(t, b.home+"/queue/mess/"+strconv.Itoa(id%3)+"/"+strconv.Itoa(id), "x\n")
		write(t, b.home+"/queue/todo/"+strconv.Itoa(id), todoText("a@b", "u@here"))
		begin := time.Now()
		f, err := os.OpenFile(b.home+"/queue/lock/trigger", os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			_, err = f.Write([]byte{0})
			f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		slot, _ := local.ReadByte()
		for range 3 {
			local.ReadString(0)
		}
		total += time.Since(begin)
		b.to[0].Write([]byte{slot, 'K', 0})
		for {
			line, err := b.log.ReadString('\n')
			if err != nil || strings.HasPrefix(line, "warning") {
				t.Fatal(line, err)
			}
			if strings.HasPrefix(line, "end msg") {
				break
			}
		}
	}
	return total / count
}

// rss returns the resident memory in kilobytes.
func (b *big) rss(t *testing.T) int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(b.cmd.Process.Pid) + "/status")
	if err != nil {
		t.Skip("no /proc: ", err)
	}
	_, after, _ := bytes.Cut(status, []byte("VmRSS:"))
	kb, _ := strconv.Atoi(string(bytes.Fields(after)[0]))
	return kb
}

func (b *big) stop(t *testing.T) {
	b.cmd.Process.Signal(syscall.SIGTERM)
	b.proc.Stdin.Close()
	for {
		if _, err := b.log.ReadString('\n'); err != nil {
			break
		}
	}
	if err := b.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
