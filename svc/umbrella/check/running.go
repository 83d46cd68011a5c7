package check

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"qmailkit/internal/lock"
	"qmailkit/svc"
)

// running looks at what should be up: qmail-send, services, ports.
func (c *checker) running() {
	if !c.Running {
		return
	}
	c.send()
	for _, pattern := range c.Services {
		found, _ := filepath.Glob(pattern)
		for _, dir := range found {
			c.service(dir)
		}
	}
	c.smtp()
	for _, path := range c.Sendmail {
		c.sendmail(path)
	}
	c.helpers()
}

func (c *checker) send() {
	c.report.Looked++
	path := c.path("queue", "lock", "sendmutex")
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			c.skip("whether qmail-send runs", "only root and its user can find out")
		}
		return
	}
	defer f.Close()
	if lock.TryExclusive(f) == nil {
		lock.Unlock(f)
		c.risk("send-down", "qmail-send", "it does not run", "mail is taken and queued, and none is delivered", quote(c.path("rc"))+" &   # or start its service")
		return
	}
	fd, err := syscall.Open(c.path("queue", "lock", "trigger"), syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		c.risk("send-deaf", c.path("queue", "lock", "trigger"), "qmail-send runs and does not listen there", "new mail waits for up to 25 minutes", "kill -TERM $(pgrep -x qmail-send)   # and start it again")
		return
	}
	syscall.Close(fd)
}

// service looks at a folder that svscan serves, if it is of this home.
func (c *checker) service(dir string) {
	run := filepath.Join(dir, "run")
	script, err := os.ReadFile(run)
	if err != nil || !strings.Contains(string(script), c.Proc.Home+"/") && !strings.Contains(string(script), "qmail") {
		return
	}
	fi, _, err := c.look(run)
	if err == nil && fi.Mode().Perm()&0o100 == 0 {
		c.risk("service-run", run, "it may not be run", "the service does not start", "chmod +x "+quote(run))
		return
	}
	if err == nil && fi.Mode().Perm()&0o022 != 0 {
		c.risk("service-open", run, "others may write to it", "root runs it", "chmod go-w "+quote(run))
	}
	c.words(run, string(script))
	if _, err := os.Stat(filepath.Join(dir, svc.Down)); err == nil {
		c.risk("service-down", filepath.Join(dir, svc.Down), "while there is this file, the service is not started with the system", "after the next start of the machine it will not be there", "rm "+quote(filepath.Join(dir, svc.Down)))
	}
	service, folder, err := svc.Find(c.Proc, dir)
	if err != nil {
		return
	}
	status, _, _, err := svc.ReadStatus(svc.Join(service, folder) + svc.Current)
	switch {
	case missing(err):
		c.risk("service-unsupervised", dir, "nobody supervises it", "it is not started, and not started again", "svscan "+quote(filepath.Dir(dir))+" &")
	case err != nil:
		c.risk("service-status", dir, "its status cannot be read: "+reason(err), "nobody can tell whether it runs", "svstat "+quote(dir))
	case !status.Up():
		c.risk("service-stopped", dir, "it is down", "what it serves is not served", "svc -u "+quote(dir))
	case status.Age(c.Proc.Now()) < 2:
		c.note("service-restarts", dir, fmt.Sprintf("it has been up for %d seconds", status.Age(c.Proc.Now())), "if that stays so, it ends again and again", "svstat "+quote(dir)+"; tail "+quote(dir+"/log/main/current"))
	}
}

// words looks for programs of the home in a run file that are not there.
func (c *checker) words(run, script string) {
	for _, line := range strings.Split(script, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for _, word := range strings.Fields(line) {
			word = strings.Trim(word, `"'`+"`();")
			if !strings.HasPrefix(word, c.path("bin")+"/") {
				continue
			}
			if _, err := os.Stat(word); missing(err) {
				c.risk("service-program", run, "there is no "+word, "the service fails", "ls -l "+quote(word))
			}
		}
	}
}

// patience is how long a server has for its greeting.
const patience = 5 * time.Second

func (c *checker) smtp() {
	if c.SMTP == "" {
		return
	}
	c.report.Looked++
	conn, err := net.DialTimeout("tcp", c.SMTP, patience)
	if err != nil {
		c.note("smtp-down", c.SMTP, "nobody answers there", "this host takes no mail from others; that is right for one that only sends", "svstat /service/*")
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	var b [512]byte
	n, err := conn.Read(b[:])
	greeting := strings.TrimSpace(string(b[:n]))
	conn.Write([]byte("QUIT\r\n"))
	want, _ := c.dir.LineOr("smtpgreeting", true, "")
	switch {
	case err != nil && n == 0:
		c.risk("smtp-mute", c.SMTP, "who answers there gives no greeting", "other hosts cannot bring mail", "tail /service/qmail-smtpd/log/main/current")
	case !strings.HasPrefix(greeting, "220"):
		c.risk("smtp-refuses", c.SMTP, "the greeting is "+clip(greeting), "other hosts cannot bring mail", "tail /service/qmail-smtpd/log/main/current")
	case want != "" && !strings.Contains(greeting, strings.Fields(want)[0]):
		c.risk("smtp-other", c.SMTP, "another server answers there: "+clip(greeting), "mail from other hosts goes into its queue, and not into this one", "ss -ltnp 'sport = :25'")
	}
}

// sendmail finds out whether what programs call is ours.
func (c *checker) sendmail(path string) {
	c.report.Looked++
	ours, err1 := os.Stat(c.path("bin", "sendmail"))
	theirs, err2 := os.Stat(path)
	switch {
	case err1 != nil:
	case missing(err2):
		c.note("sendmail-missing", path, "there is no such program", "many programs send their mail by it, and have a place that they look in", "ln -s "+quote(c.path("bin", "sendmail"))+" "+quote(path))
	case err2 == nil && !os.SameFile(ours, theirs):
		c.note("sendmail-other", path, "it is another system's", "mail of programs here goes into another queue", "mv "+quote(path)+" "+quote(path+".old")+"; ln -s "+quote(c.path("bin", "sendmail"))+" "+quote(path))
	}
}

// helpers finds sockets of the home that nobody serves.
func (c *checker) helpers() {
	found, _ := filepath.Glob(c.path("run", "*"))
	for _, path := range found {
		fi, _, err := c.look(path)
		if err != nil || fi.Mode()&os.ModeSocket == 0 {
			continue
		}
		conn, err := net.DialTimeout("unix", path, patience)
		if err != nil && errors.Is(err, syscall.ECONNREFUSED) {
			c.note("helper-down", path, "nobody serves this socket", "programs do without what it helps them with", "rm "+quote(path)+"   # or start the service")
		}
		if err == nil {
			conn.Close()
		}
	}
}
