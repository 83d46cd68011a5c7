package systest

import (
	"fmt"
	"maps"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/testhome"
	"qmailkit/svc"
)

// staying are the programs that are there as long as the system is.
var staying = []string{"svscan", "supervise", "multilog", "qmail-send", "qmail-lspawn", "qmail-rspawn", "qmail-clean", "qmail-queued", "qmail-rcptd", "tcpserver"}

// services is the mail system that build.sh lays out, under svscan.
type services struct {
	*system
	svscan *exec.Cmd
	ended  chan error
}

// withServices runs a test in a home that has nothing yet but programs, and
// whose mail goes to joe, ann and alias.
func withServices(t *testing.T, test func(*services)) {
	if runtime.GOOS != "linux" {
		t.Skip("the processes of a home are found in /proc, as Linux has it")
	}
	everywhere(t, func(t *testing.T, s *system) {
		if _, err := os.Stat(s.home + "/bin/svscan"); err != nil {
			t.Skip("program not built: svscan")
		}
		clear := func() {
			for _, name := range []string{"control/*", "service", "run"} {
				s.empty(name)
			}
		}
		clear()
		v := &services{system: s}
		t.Cleanup(clear)
		t.Cleanup(v.killAll)
		test(v)
	})
}

// layOut runs build.sh, of a copy that everybody can read, on the home.
func (v *services) layOut(args ...string) ran {
	v.t.Helper()
	source := filepath.Join(v.peers, "source")
	if _, err := os.Stat(source); err != nil {
		root, err := testhome.Module()
		v.must(err, os.Mkdir(source, 0o755))
		for _, dir := range []string{"build", "boot"} {
			v.must(os.Mkdir(source+"/"+dir, 0o755), testhome.CopyTree(root+"/"+dir, source+"/"+dir, nil))
		}
		text, err := os.ReadFile(root + "/build.sh")
		v.must(err, os.WriteFile(source+"/build.sh", text, 0o755))
	}
	cmd := v.command("", append(args, "--prefix", v.home, "services")...)
	cmd.Path, cmd.Args[0] = source+"/build.sh", "build.sh"
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		v.t.Fatal(err)
	}
	return ran{v.system, "build.sh", cmd.ProcessState.ExitCode(), string(out)}
}

// start starts svscan as a boot script does, and waits for services to be up.
func (v *services) start(up ...string) {
	v.t.Helper()
	log, err := os.OpenFile(v.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	v.must(err)
	defer log.Close()
	cmd := v.command("../boot/services")
	cmd.Env = append(cmd.Env, "DNSCACHEIP=127.0.0.1") // nobody answers there, and that at once
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Setsid = true
	v.must(cmd.Start())
	v.svscan, v.ended = cmd, make(chan error, 1)
	go func() { v.ended <- cmd.Wait() }()
	for _, log := range globbed(v.t, v.home+"/service/*/log") {
		up = append(up, strings.TrimPrefix(log, v.home+"/service/"))
	}
	for _, name := range up {
		v.await(name, func() bool {
			status, _, _, err := svc.ReadStatus(v.home + "/service/" + name + "/supervise/status")
			return err == nil && status.Pid > 0
		})
	}
}

// stop tells svscan to, and waits until it and all of its services are gone.
func (v *services) stop() {
	v.t.Helper()
	v.must(v.svscan.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-v.ended:
		if err != nil {
			v.t.Errorf("svscan: %v", err)
		}
	case <-time.After(patience):
		v.t.Fatalf("svscan does not end; there are %v", v.processes())
	}
	if left := v.processes(); len(left) > 0 {
		v.t.Errorf("left running: %v", left)
	}
	if text := v.logText(); strings.Contains(text, "svscan: ") {
		v.t.Errorf("svscan said:\n%s", text)
	}
}

// processes are those of this home's programs, by name. Homes of the same path
// in other worlds are not ours.
func (v *services) processes() map[string][]int {
	v.t.Helper()
	world, err := os.Readlink("/proc/self/ns/mnt")
	v.must(err)
	found := map[string][]int{}
	for _, dir := range globbed(v.t, "/proc/[0-9]*") {
		program, err := os.Readlink(dir + "/exe") // fails for others' processes, and for what has ended
		if err != nil || !strings.HasPrefix(program, v.home+"/") {
			continue
		}
		if where, err := os.Readlink(dir + "/ns/mnt"); err != nil || where != world {
			continue
		}
		var pid int
		if _, err := fmt.Sscan(filepath.Base(dir), &pid); err == nil {
			found[filepath.Base(program)] = append(found[filepath.Base(program)], pid)
		}
	}
	return found
}

// residents are the processes of the programs that stay.
func (v *services) residents() map[string][]int {
	v.t.Helper()
	found := v.processes()
	maps.DeleteFunc(found, func(name string, _ []int) bool { return !slices.Contains(staying, name) })
	return found
}

func kill(pids []int) {
	for _, pid := range pids {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// killAll ends what a failed test has left: the watchers before the watched.
func (v *services) killAll() {
	for _, watchers := range []string{"svscan", "supervise"} {
		kill(v.processes()[watchers])
	}
	v.await("the end of all processes", func() bool {
		left := v.processes()
		for _, pids := range left {
			kill(pids)
		}
		return len(left) == 0
	})
}

// restored waits until there are as many processes of each name as there were,
// and none of them is one that was killed.
func (v *services) restored(before map[string][]int, killed []int) {
	v.t.Helper()
	var now map[string][]int
	defer func() {
		if v.t.Failed() {
			v.t.Logf("there were %v, %v were killed, there are %v", before, killed, now)
		}
	}()
	v.await("new processes", func() bool {
		now = v.residents()
		for name, pids := range now {
			if len(pids) != len(before[name]) || slices.ContainsFunc(pids, func(pid int) bool { return slices.Contains(killed, pid) }) {
				return false
			}
		}
		return len(now) == len(before)
	})
}

// address is where a service listens. A test that has no network of its own
// moves it to a port that is free.
func (v *services) address(name string) string {
	v.t.Helper()
	run := v.home + "/service/" + name + "/run"
	text, err := os.ReadFile(run)
	v.must(err)
	port := regexp.MustCompile(`(?m)^port=(\d+)$`).FindSubmatch(text)
	if port == nil {
		v.t.Fatalf("%s has no port", run)
	}
	if private() {
		return "127.0.0.1:" + string(port[1])
	}
	address := freeAddress(v.t)
	_, free := split(v.t, address)
	moved := strings.Replace(string(text), string(port[0]), "port="+free, 1)
	v.must(os.WriteFile(run, []byte(strings.Replace(moved, "address=0 ", "address=127.0.0.1 ", 1)), 0o755))
	return address
}

// dial begins a session, as soon as somebody listens.
func (v *services) dial(address string) (c *smtp.Client) {
	v.t.Helper()
	v.await("a server at "+address, func() bool {
		var err error
		c, err = smtp.Dial(address)
		return err == nil
	})
	return c
}

// deliver sends a message by SMTP and waits for it in ann's Maildir. A mail
// system part of which has just been killed may say that it is to be sent again.
func (v *services) deliver(address, subject string) {
	v.t.Helper()
	v.await("SMTP to take "+subject, func() bool {
		c := v.dial(address)
		defer c.Close()
		return submit(c, "ann@test.example", subject) == nil && c.Quit() == nil
	})
	v.receives("ann", "Subject: "+subject+"\n", "\nfrom outside\n")
}

func submit(c *smtp.Client, to, subject string) error {
	if err := c.Mail("someone@else.example"); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte("Subject: " + subject + "\r\n\r\nfrom outside\r\n")); err != nil {
		return err
	}
	return w.Close()
}

// refuses checks that somebody whom there is not gets 550, and no more happens.
func (v *services) refuses(address string) {
	v.t.Helper()
	v.await("550 for nobody", func() bool {
		c := v.dial(address)
		defer c.Close()
		if c.Mail("someone@else.example") != nil {
			return false
		}
		err, is := c.Rcpt("nobody@test.example").(*textproto.Error)
		if c.Rcpt("postmaster@test.example") != nil {
			return false
		}
		return is && err.Code == 550
	})
}

// neverLogged fails the test if a service's log has a line like pattern.
func (v *services) neverLogged(service, pattern string) {
	v.t.Helper()
	logs := texts(v.t, v.home+"/service/"+service+"/log/main/[@c]*")
	if len(logs) == 0 {
		v.t.Errorf("%s has no log", service)
	}
	for _, text := range logs {
		if found := regexp.MustCompile(pattern).FindString(text); found != "" {
			v.t.Errorf("the log of %s has %q", service, found)
		}
	}
}

// The mail system takes mail by SMTP, refuses it for nobody, outlives the death
// of each of its processes, svscan included, and stops when it is told to.
func TestServices(t *testing.T) {
	withServices(t, func(v *services) {
		v.layOut("--host", "test.example").succeeds()
		smtpd := v.address("qmail-smtpd")
		up := []string{"qmail-queued", "qmail-rcptd", "qmail-send", "qmail-smtpd"}
		v.start(up...)
		v.refuses(smtpd)
		v.deliver(smtpd, "first")
		v.await("a recipient of the Received line", func() bool {
			return strings.Contains(v.receives("ann", "Subject: first\n"), "Received: from unknown (HELO localhost)")
		})
		var all map[string][]int
		n := len(globbed(v.t, v.home+"/service/*"))
		v.await("all programs", func() bool {
			all = v.residents()
			return len(all) == len(staying) && len(all["multilog"]) == n && len(all["supervise"]) == 2*n
		})
		for _, name := range slices.Sorted(maps.Keys(all)) {
			before := v.residents()
			kill(before[name])
			switch name {
			case "svscan":
				<-v.ended
				v.start(up...)
			case "supervise":
				// Its successor cannot start a second one of what still runs.
				v.await("other supervises", func() bool {
					now := v.processes()[name]
					return len(now) == len(all[name]) && !slices.ContainsFunc(now, func(pid int) bool { return slices.Contains(before[name], pid) })
				})
				for other, pids := range before {
					if other != "svscan" && other != name {
						kill(pids)
					}
				}
			}
			v.deliver(smtpd, name+" was killed")
			v.restored(all, before[name])
		}
		v.refuses(smtpd)
		v.idle()
		v.stop()
		v.neverLogged("qmail-send", "bounce|failure")
	})
}
