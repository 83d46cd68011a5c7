package check

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"qmailkit/internal/control"
	"qmailkit/internal/ids"
	"qmailkit/send/showctl"
)

// number is a control file that holds one.
type number struct {
	name      string
	low, high int
	risk      bool
	why       string
}

func numbers() []number {
	return []number{
		{"concurrencylocal", 1, 10000, true, "with 0, nothing is delivered here, and mail waits until it is given up"},
		{"concurrencyremote", 1, 10000, true, "with 0, nothing is sent to other hosts, and mail waits until it is given up"},
		{"queuelifetime", 6 * 3600, 60 * 86400, true, "mail that cannot be delivered within this many seconds is given up: hosts are down for hours, and nobody waits for months"},
		{"databytes", 0, control.MaxInt - 1, false, "0 is no limit"},
		{"timeoutconnect", 5, 600, true, "hosts that are slow to answer are never reached, or one that is down blocks a place for long"},
		{"timeoutremote", 60, 7200, true, "hosts that take long to answer get mail again and again, or never"},
		{"timeoutsmtpd", 30, 7200, true, "clients that are slow are cut off before their mail is taken"},
		{"bouncemaxbytes", 0, control.MaxInt - 1, false, "0 is all of the message"},
		{"maxrcpt", 0, control.MaxInt - 1, false, "0 is any number"}, {"brtlimit", 0, 10000, false, "0 is any number"},
		{"mfcheck", 0, 3, false, "0 is off"}, {"tarpitcount", 0, 10000, false, "0 is never"}, {"tarpitdelay", 0, 999, false, "in seconds"},
	}
}

// names are the control files that hold the name of a host.
func names() []string {
	return []string{"me", "bouncehost", "defaultdomain", "defaulthost", "doublebouncehost", "envnoathost", "helohost", "idhost", "localiphost", "plusdomain"}
}

// lists are the control files of lines that start with a host, and what ends it.
func lists() map[string]string {
	return map[string]string{
		"locals": "", "rcpthosts": "", "morercpthosts": "", "percenthack": "", "virtualdomains": ":", "smtproutes": ":", "qmtproutes": ":",
	}
}

// controls looks at each file for itself.
func (c *checker) controls() {
	entries, err := os.ReadDir(string(c.dir))
	if err != nil {
		return // folders has told
	}
	c.present = map[string]bool{}
	for _, e := range entries {
		c.present[e.Name()] = true
		c.controlFile(e.Name())
	}
	c.report.Looked++
	if !c.present["me"] {
		c.risk("me-missing", c.path("control", "me"), "there is no such file", "the programs do not know their host's name; qmail-send, qmail-remote and qmail-smtpd need it", "echo "+hostOr(os.Hostname())+" > "+quote(c.path("control", "me")))
	}
	c.me, _, _ = c.dir.Line("me")
	for _, n := range numbers() {
		c.number(n)
	}
	for _, name := range names() {
		c.hostFile(name)
	}
	for name, end := range lists() {
		c.list(name, end)
	}
	c.domainLimits()
	c.unknown()
}

func hostOr(name string, _ error) string {
	if name == "" {
		name = "HOST.EXAMPLE.ORG"
	}
	return name
}

// folders of the control folder, and files that are not text.
var (
	controlFolders = map[string]bool{"servercerts": true, "tlshosts": true, "notlshosts": true, "domainkeys": true, "cache": true, "certs": true}
	secrets        = map[string]bool{
		"servercert.pem": true, "clientcert.pem": true, "scram.cdb": true, "authsenders": true, "smtproutes": true, "domaincerts": true,
	}
)

// controlFile looks at what all have in common: whose it is, who can read it,
// and whether the lines end as they should.
func (c *checker) controlFile(name string) {
	path := c.path("control", name)
	fi, st, err := c.look(path)
	switch {
	case missing(err):
		c.risk("control-link", path, "it is a link to a file that is not there", "programs take it for a file that they cannot use, or for none", "ls -l "+quote(path))
		return
	case err != nil:
		c.risk("control-read", path, reason(err), "mail waits as long as a control file cannot be read", "ls -l "+quote(path))
		return
	case fi.IsDir() && !controlFolders[name]:
		c.note("control-folder", path, "this is a folder", "no program looks into it", "ls -la "+quote(path))
		if c.isFile(name) {
			c.report.Findings[len(c.report.Findings)-1].Risk = true
		}
		return
	case fi.IsDir():
		return
	}
	if owner, err := c.rootUID(); err == nil {
		c.owner(path, st, "root", owner, "its owner can change where mail goes")
	}
	mode := fi.Mode().Perm()
	if mode&0o022 != 0 {
		c.risk("control-open", path, fmt.Sprintf("others may write to it (mode %04o)", mode), "they could change where mail goes, or open this host for spam", "chmod go-w "+quote(path))
	}
	secret := c.secret(name, path)
	switch {
	case secret && mode&0o004 != 0:
		c.risk("secret-open", path, fmt.Sprintf("everybody may read it (mode %04o)", mode), "it holds a key or passwords", "chgrp "+c.reader(name)+" "+quote(path)+"; chmod 0640 "+quote(path))
	case !c.home.Single && !secret && mode&0o004 == 0 && c.isFile(name):
		c.risk("control-closed", path, fmt.Sprintf("not everybody may read it (mode %04o)", mode), "programs run as several users have to; mail waits", "chmod a+r "+quote(path))
	}
	c.text(name, path)
}

func (c *checker) rootUID() (uint32, error) {
	if c.home.Single {
		return c.home.User(ids.Queue)
	}
	return 0, nil
}

// reader is the group whose programs read a secret.
func (c *checker) reader(name string) string {
	if name == "servercert.pem" || name == "scram.cdb" {
		return ids.GroupNofiles
	}
	return ids.GroupQueue
}

// secret tells whether the file holds a key or a password.
func (c *checker) secret(name, path string) bool {
	switch name {
	case "smtproutes":
		for _, e := range c.entries(name) {
			if strings.Count(e.Text, "|") >= 2 {
				return true
			}
		}
		return false
	case "domaincerts":
		return strings.Count(c.raw(name), "|") >= 2
	}
	return secrets[name] || strings.HasSuffix(name, ".pem") && strings.Contains(c.raw(name), "PRIVATE KEY")
}

// raw is the text of a control file, as far as a check needs it.
func (c *checker) raw(name string) string {
	data, err := os.ReadFile(c.path("control", name))
	if err != nil {
		return ""
	}
	return string(data)
}

func (c *checker) entries(name string) []control.Entry {
	list, _, _ := c.dir.Entries(name)
	return list
}

// isFile tells whether qmail-control(5) has a file of that name.
func (c *checker) isFile(name string) bool { return showctl.Known(name) }

// text looks for what editors of other systems leave behind.
func (c *checker) text(name, path string) {
	switch filepath.Ext(name) {
	case ".cdb", ".pem":
		return
	}
	data := []byte(c.raw(name))
	switch {
	case bytes.Contains(data, []byte("\r\n")) || bytes.HasSuffix(data, []byte("\r")):
		c.risk("control-cr", path, "its lines end in CR LF", "the CR becomes a part of each name, and no name fits", `sed -i 's/\r$//' `+quote(path))
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		c.risk("control-bom", path, "it begins with a byte order mark", "the mark becomes a part of the first name", `sed -i '1s/^\xef\xbb\xbf//' `+quote(path))
	case bytes.IndexByte(data, 0) >= 0:
		c.risk("control-nul", path, "there is a zero byte in it", "it ends a line in the middle; the file may be damaged", "od -c "+quote(path))
	}
}

func (c *checker) number(n number) {
	if !c.present[n.name] {
		return
	}
	c.report.Looked++
	path := c.path("control", n.name)
	line, _, err := c.dir.Line(n.name)
	if err != nil {
		return // controlFile has told
	}
	value, digits := control.LeadingInt(line)
	add := c.note
	if n.risk {
		add = c.risk
	}
	switch {
	case digits == 0:
		add("number", path, fmt.Sprintf("its first line, %q, does not start with a digit", clip(line)), "the file is as good as none: the default holds", "qmail showctl "+n.name)
	case digits < len(line):
		c.note("number-rest", path, fmt.Sprintf("behind the number there is %q", clip(line[digits:])), "it is ignored: only the digits count, and units are not understood", fmt.Sprintf("echo %d > %s", value, quote(path)))
	case value < n.low || value > n.high:
		add("number-range", path, strconv.Itoa(value)+" is hardly meant", n.why, "qmail showctl "+n.name)
	}
}

func clip(s string) string { return s[:min(len(s), 60)] }

func (c *checker) hostFile(name string) {
	if !c.present[name] {
		return
	}
	c.report.Looked++
	path := c.path("control", name)
	line, _, err := c.dir.Line(name)
	if err != nil {
		return
	}
	text := strings.TrimRight(strings.TrimSuffix(c.raw(name), "\n"), " \t\n")
	_, rest, more := strings.Cut(text, "\n")
	mend := "qmail showctl " + name
	problem, why := "", "names that are no names of hosts are refused by other hosts"
	switch {
	case line == "" && name == "defaulthost":
	case line == "":
		problem = "its first line is empty"
	case badHost(line) != "":
		problem = fmt.Sprintf("%q %s", clip(line), badHost(line))
	case !strings.Contains(line, ".") && (name == "me" || name == "helohost"):
		problem, why = fmt.Sprintf("%q is not a full name", line), "other hosts refuse mail from a host that calls itself so, and answers cannot come back"
	}
	if problem != "" {
		c.risk("host", path, problem, why, mend)
	} else if more && strings.TrimSpace(rest) != "" && !strings.HasPrefix(strings.TrimSpace(rest), "#") {
		c.note("host-more", path, "there is more than one line", "only the first counts", "sed -i 1q "+quote(path))
	}
}

// badHost says what is wrong with the name of a host; "" is nothing.
func badHost(name string) string {
	if strings.HasPrefix(name, "[") && strings.HasSuffix(name, "]") {
		return ""
	}
	switch {
	case strings.Contains(name, "@"):
		return "is an address, and not the name of a host"
	case strings.ContainsAny(name, " \t"):
		return "has a blank in it"
	case strings.HasPrefix(name, "."), strings.HasSuffix(name, "."), strings.Contains(name, ".."):
		return "has a dot too many"
	case len(name) > 253:
		return "is too long"
	}
	for i := range len(name) {
		b := name[i]
		if b <= ' ' || b == 0x7f || strings.IndexByte(`"'<>(),;:\/#`, b) >= 0 {
			return "has something in it that no name of a host has"
		}
	}
	return ""
}

// list looks at the lines of a file of hosts.
func (c *checker) list(name, end string) {
	if !c.present[name] {
		return
	}
	path := c.path("control", name)
	seen := map[string]int{}
	for _, e := range c.entries(name) {
		c.report.Looked++
		where := path + ":" + strconv.Itoa(e.Line)
		mend := "sed -n " + strconv.Itoa(e.Line) + "p " + quote(path) + "   # and correct it"
		key := e.Text
		if end != "" {
			var ok bool
			if key, _, ok = strings.Cut(e.Text, end); !ok {
				c.risk("list-colon", where, fmt.Sprintf("there is no %q in %q", end, clip(e.Text)), "the line is ignored", mend)
				continue
			}
		}
		if trimmed := strings.TrimLeft(key, " \t"); trimmed != key {
			c.risk("list-blank", where, fmt.Sprintf("%q starts with a blank", clip(e.Text)), "the blank becomes a part of the name; a comment starts with # at once", mend)
			continue
		}
		host := strings.TrimPrefix(key, ".")
		if end != "" {
			host = host[strings.LastIndexByte(host, '@')+1:]
		}
		if key == "!@" || host == "" && end != "" {
			host = "x"
		}
		if host == "" {
			host = "."
		}
		if problem := badHost(host); problem != "" {
			c.risk("list-host", where, fmt.Sprintf("%q %s", clip(key), problem), "the line fits no mail", mend)
		} else if strings.HasPrefix(key, ".") && (name == "locals" || name == "percenthack") {
			c.risk("list-wildcard", where, fmt.Sprintf("%q is a wildcard", clip(key)), "there are none in this file, and the line fits no mail", mend)
		}
		if before := seen[control.Fold(key)]; before > 0 && end != "" {
			c.note("list-twice", where, fmt.Sprintf("%q is there already, in line %d", clip(key), before), "the later line counts", mend)
		}
		seen[control.Fold(key)] = e.Line
	}
}

// scripts are files that scripts read, and nobody else.
var scripts = map[string]bool{
	"defaultdelivery": true, "concurrencyincoming": true, "softlimit": true, "smtpextensions": true, "bindroutes6": true, "rewrite": true,
}

// unknown names files that nobody reads.
func (c *checker) unknown() {
	for name := range c.present {
		if c.isFile(name) || scripts[name] || controlFolders[name] || strings.HasPrefix(name, "tcp.") || strings.HasPrefix(name, ".") {
			continue
		}
		c.note("control-unknown", c.path("control", name), "no program reads a file of that name", "what it asks for is not done; the name may be misspelt, or belong to a patch", "qmail migrate --dry-run   # tells what becomes of files of patches")
	}
}
