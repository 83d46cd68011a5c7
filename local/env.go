package local

import (
	"slices"
	"strings"
)

// environment returns what programs get: the engine's environment, with the
// variables of qmail-command(8) in the place of any of these names. DEFAULT
// is among them only when a default file was found.
func (d *delivery) environment() []string {
	own := []string{
		"HOST=" + d.Host,
		"HOME=" + d.Home,
		"USER=" + d.User,
		"LOCAL=" + d.Local,
		"RECIPIENT=" + d.recipient(),
		"DTLINE=" + d.header.deliveredTo,
		"SENDER=" + d.Sender,
		"RPLINE=" + d.header.returnPath,
		"UFLINE=" + d.header.from,
	}
	ext := d.Ext
	for _, name := range []string{"EXT=", "EXT2=", "EXT3=", "EXT4="} {
		own = append(own, name+ext)
		_, ext, _ = strings.Cut(ext, "-")
	}
	host := d.Host
	for _, name := range []string{"HOST2=", "HOST3=", "HOST4="} {
		if dot := strings.LastIndexByte(host, '.'); dot >= 0 {
			host = host[:dot]
		}
		own = append(own, name+host)
	}
	if d.dot.isDefault {
		own = append(own, "DEFAULT="+d.dot.matched)
	}
	own = append(own, "NEWSENDER="+d.sender)

	env := make([]string, 0, len(d.proc.Env)+len(own))
	for _, e := range d.proc.Env {
		name, _, _ := strings.Cut(e, "=")
		replaced := slices.ContainsFunc(own, func(o string) bool {
			return len(o) > len(name) && o[len(name)] == '=' && o[:len(name)] == name
		})
		if !replaced {
			env = append(env, e)
		}
	}
	return append(env, own...)
}
