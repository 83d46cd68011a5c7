package main

import (
	"os"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/setup"
)

const (
	noHostname = "Sorry, I couldn't find your hostname.\n"
	noFQDN     = "Sorry, I couldn't find your host's canonical name in DNS.\n"
	yourself   = "You will have to set up control/me yourself.\n"
	noPTR      = "PTR lookup failed. I assume this address has no DNS name.\n"
	noCNAME    = "You don't have to worry about aliases, i.e., domains with CNAME records.\n"
	blank      = " \n"
)

// Run asks the helpers beside it for the host's names and addresses, and
// writes the control files for them.
func Run(p *cmd.Proc) error {
	c := &configurator{p}
	host, ok := c.name("hostname")
	if !ok {
		c.say(noHostname + yourself)
		return nil
	}
	c.say("Your hostname is " + host + ".\n")
	fqdn, ok := c.name("dnsfq", host)
	if !ok {
		c.say(noFQDN + yourself)
		return nil
	}
	c.say("Your host's fully qualified name in DNS is " + fqdn + ".\n")
	if err := setup.Names(p, fqdn); err != nil {
		return err
	}
	locals, err := c.locals(fqdn)
	if err != nil {
		return err
	}
	control := p.InHome("control") + "/"
	c.say(blank + "If there are any other domain names that point to you,\n" +
		"you will have to add them to " + control + "locals.\n" + noCNAME +
		blank + "Copying " + control + "locals to " + control + "rcpthosts...\n")
	if err := setup.Write(p, "rcpthosts", locals, os.O_TRUNC); err != nil {
		return err
	}
	c.say(setup.OnlyTo + "those hosts.\n" + setup.WarnRcpthosts + "\n")
	return nil
}

// configurator talks to the user and to the helpers.
type configurator struct{ p *cmd.Proc }

func (c *configurator) say(text string) { c.p.Stdout.WriteString(text) }

// locals writes control/locals, the names of the host's addresses, and
// returns what it wrote. An address without a name is passed over.
func (c *configurator) locals(fqdn string) (text string, err error) {
	c.say(blank + "Checking local IP addresses:\n")
	err = setup.Write(c.p, "locals", "", os.O_TRUNC)
	for _, ip := range c.addresses(fqdn) {
		if err != nil {
			return text, err
		}
		c.say(ip + ": ")
		name, ok := first(c.run("dnsptr", nil, ip))
		if !ok {
			c.say(noPTR)
			continue
		}
		c.say("Adding " + name + " to control/locals...\n")
		text += name + "\n"
		err = setup.Write(c.p, "locals", name+"\n", os.O_APPEND)
	}
	return text, err
}

// name is the first line that a helper prints, in lower case.
func (c *configurator) name(helper string, args ...string) (string, bool) {
	line, ok := first(c.run(helper, c.p.Stderr, args...))
	return strings.ToLower(line), ok
}

// first returns the first line of what a helper printed, if it printed any.
func first(output string) (string, bool) {
	line, _, ok := strings.Cut(output, "\n")
	return strings.Trim(line, " \t"), ok
}
