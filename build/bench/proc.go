package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// process is what Linux tells of a process.
type process struct {
	dir  string // in /proc
	name string
	cpu  time.Duration // its own and that of the children that it has waited for
}

// tick is the unit of times in /proc.
const tick = time.Second / 100

// processes returns those of the daemon's session.
func (d *daemon) processes() []process {
	var all []process
	if d == nil {
		return nil
	}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		stat, err := os.ReadFile(dir + "/stat")
		begin, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
		if err != nil || begin < 0 || end < begin {
			continue
		}
		// From the third on: state, parent, group, session ...; the times are the 14th to the 17th.
		fields := strings.Fields(string(stat[end+1:]))
		if len(fields) < 15 || fields[3] != strconv.Itoa(d.cmd.Process.Pid) {
			continue
		}
		p := process{dir: dir, name: string(stat[begin+1 : end])}
		for _, f := range fields[11:15] {
			n, _ := strconv.Atoi(f)
			p.cpu += time.Duration(n) * tick
		}
		all = append(all, p)
	}
	return all
}

// used is the processor time of all that runs of the system.
func (q *qmail) used() time.Duration {
	total := time.Duration(0)
	for _, d := range []*daemon{q.send, q.smtpd, q.queueOwner} {
		for _, p := range d.processes() {
			total += p.cpu
		}
	}
	return total
}

// memory is that of the daemon's processes of these names, in kilobytes; of pages
// that several have, each has a part.
func (d *daemon) memory(names ...string) int {
	total := 0
	for _, p := range d.processes() {
		// The kernel keeps the first 15 bytes of a name.
		if !slices.ContainsFunc(names, func(name string) bool { return p.name == name[:min(len(name), 15)] }) {
			continue
		}
		text, _ := os.ReadFile(p.dir + "/smaps_rollup")
		_, rest, _ := strings.Cut(string(text), "\nPss:")
		if fields := strings.Fields(rest); len(fields) > 0 {
			n, _ := strconv.Atoi(fields[0])
			total += n
		}
	}
	return total
}
