package inject

import "strings"

// class is what a field means here.
type class uint8

const (
	otherField class = iota
	authorField
	fromField
	toField // To and Cc
	bccField
	apparentlyToField
	dateField
	messageIDField
	returnPathField
	contentLengthField
	followupField

	resentAuthorField // this one and those behind it make a message a resent one
	resentFromField
	resentToField
	resentBccField
	resentDateField
	resentMessageIDField
	classes
)

// split takes the name off a field.
func split(field string) (name, contents string) {
	name, contents, _ = strings.Cut(field, ":")
	return strings.TrimRight(name, " \t"), strings.TrimSuffix(contents, "\n")
}

func classify(name string) class {
	switch strings.ToLower(name) {
	case "sender", "reply-to", "return-receipt-to", "errors-to":
		return authorField
	case "from":
		return fromField
	case "to", "cc":
		return toField
	case "bcc":
		return bccField
	case "apparently-to":
		return apparentlyToField
	case "date":
		return dateField
	case "message-id":
		return messageIDField
	case "return-path":
		return returnPathField
	case "content-length":
		return contentLengthField
	case "mail-followup-to":
		return followupField
	case "resent-sender", "resent-reply-to":
		return resentAuthorField
	case "resent-from":
		return resentFromField
	case "resent-to", "resent-cc":
		return resentToField
	case "resent-bcc":
		return resentBccField
	case "resent-date":
		return resentDateField
	case "resent-message-id":
		return resentMessageIDField
	}
	return otherField
}
