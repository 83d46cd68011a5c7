package main

import (
	"io"
	"os/exec"
	"slices"
	"strings"

	"qmailkit/internal/errstr"
)

// maxOutput bounds what a helper is listened to, in bytes.
const maxOutput = 1 << 20

// addresses lists the addresses that the DNS has for fqdn and those of this
// machine's interfaces, each once.
func (c *configurator) addresses(fqdn string) []string {
	output := c.run("dnsip", c.p.Stderr, fqdn) + c.run("ipmeprint", c.p.Stderr)
	var ips []string
	for line := range strings.Lines(output) {
		ips = append(ips, strings.TrimSpace(line))
	}
	slices.Sort(ips)
	return slices.Compact(ips)
}

// run returns what a helper, installed beside config, prints. Its exit code
// does not matter: a helper that fails prints nothing.
func (c *configurator) run(helper string, stderr io.Writer, args ...string) string {
	var out limited
	run := exec.Command(c.p.InHome("setup", helper), args...)
	run.Env, run.Dir, run.Stdout, run.Stderr = c.p.Env, c.p.Dir, &out, stderr
	if err := run.Run(); err != nil && run.ProcessState == nil {
		c.p.Stderr.WriteString(c.p.Name + ": unable to run " + helper + ": " + errstr.Text(err) + "\n")
	}
	return out.String()
}

// limited keeps the first maxOutput bytes that are written to it.
type limited struct{ strings.Builder }

func (l *limited) Write(b []byte) (int, error) {
	if room := maxOutput - l.Len(); len(b) > room {
		l.Builder.Write(b[:room])
	} else {
		l.Builder.Write(b)
	}
	return len(b), nil
}
