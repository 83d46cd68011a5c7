package check

import (
	"fmt"
	"strconv"
	"strings"

	"qmailkit/send"
)

// domainLimits looks at the lines of concurrencyperdomain.
func (c *checker) domainLimits() {
	const name = "concurrencyperdomain"
	if !c.present[name] {
		return
	}
	path := c.path("control", name)
	for _, e := range c.entries(name) {
		c.report.Looked++
		where := path + ":" + strconv.Itoa(e.Line)
		mend := "sed -n " + strconv.Itoa(e.Line) + "p " + quote(path) + "   # and correct it"
		domain, limit, ok := send.ParseDomainLimit(e.Text)
		host := strings.TrimPrefix(domain, ".")
		switch {
		case !ok:
			c.risk("limit-number", where, fmt.Sprintf("there is no number at the end of %q", clip(e.Text)), "the line is ignored", mend)
		case !strings.HasSuffix(e.Text, strconv.Itoa(limit)):
			c.note("limit-number", where, fmt.Sprintf("%q counts as %d", clip(e.Text), limit), "only digits count, and units are not understood", mend)
		case host != "" && badHost(host) != "":
			c.risk("list-host", where, fmt.Sprintf("%q %s", clip(domain), badHost(host)), "the line fits no mail", mend)
		}
	}
}
