package nss

import (
	"os"
	"strings"

	"qmailkit/internal/passwd"
)

// filesOnly tells whether nsswitch.conf(5) names nothing for passwd but the
// file that has been read, so that getent(1) would know no more. The systemd
// service knows nobody where its folder of sockets, userdb, is missing.
func filesOnly(config, userdb string) bool {
	only := false
	err := passwd.Each(config, func(line string) error {
		database, services, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(database) != "passwd" {
			return nil
		}
		services, _, _ = strings.Cut(services, "#")
		only = true
		for _, s := range strings.Fields(services) {
			switch s {
			case "files":
			case "systemd":
				_, err := os.Stat(userdb)
				only = only && os.IsNotExist(err)
			default:
				only = false
			}
		}
		return passwd.ErrFound
	})
	return only && err == passwd.ErrFound
}
