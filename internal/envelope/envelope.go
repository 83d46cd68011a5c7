// Package envelope holds the rules of envelope addresses that more than one
// program needs: envelopes(5) and the variable senders of qmail-send(8).
package envelope

import "strings"

// DoubleBounce is the sender of a bounce of a bounce; a message from it that
// cannot be delivered is thrown away (a triple bounce).
const DoubleBounce = "#@[]"

const verpSuffix = "-@[]"

// Sender returns the sender for one recipient: "list-@host-@[]" becomes
// "list-box=rhost@host" for box@rhost (a variable envelope return path); any
// other sender stays as it is.
func Sender(sender, recipient string) string {
	prefix, host, ok := verp(sender)
	k := strings.LastIndexByte(recipient, '@')
	if !ok || k < 0 {
		return sender
	}
	return prefix + recipient[:k] + "=" + recipient[k+1:] + "@" + host
}

// BounceTo returns where a bounce for sender goes: "list-@host-@[]" bounces to
// "list-@host".
func BounceTo(sender string) string { return strings.TrimSuffix(sender, verpSuffix) }

func verp(sender string) (prefix, host string, ok bool) {
	base, ok := strings.CutSuffix(sender, verpSuffix)
	if !ok {
		return "", "", false
	}
	j := strings.LastIndexByte(base, '@')
	if j < 0 {
		return "", "", false
	}
	return base[:j], base[j+1:], true
}
