// Package postfixpeer sets up a Postfix that shares nothing with the machine's own,
// as a peer for tests and benches. Only root can run it.
package postfixpeer

import (
	"os"
	osuser "os/user"
	"strconv"
	"strings"
)

// What every one has: mail in its folder, no way out of the machine, and only
// virtual mailboxes.
const (
	baseMain = `compatibility_level = 3.6
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = DIR/queue
data_directory = DIR/data
alias_maps =
alias_database =
local_recipient_maps =
maillog_file = DIR/log
maillog_file_prefixes = DIR
virtual_minimum_uid = 1
`
	baseMaster = `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`
)

// Make makes the folder dir for one (postfix -c dir start), whose main.cf and
// master.cf end with the given lines.
func Make(dir, main, master string) error {
	who, err := osuser.Lookup("postfix")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return err
	}
	for _, d := range []string{dir, dir + "/queue", dir + "/data"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chown(dir+"/data", uid, -1); err != nil {
		return err
	}
	if err := os.WriteFile(dir+"/main.cf", []byte(strings.ReplaceAll(baseMain, "DIR", dir)+main), 0o644); err != nil {
		return err
	}
	return os.WriteFile(dir+"/master.cf", []byte(baseMaster+master), 0o644)
}
