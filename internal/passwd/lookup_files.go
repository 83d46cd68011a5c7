//go:build !darwin

package passwd

// Lookup finds a user of this machine.
func Lookup(name string) (User, bool, error) { return LookupFile(Users, name) }

// LookupGroup finds a group of this machine.
func LookupGroup(name string) (gid uint32, ok bool, err error) { return GroupID(Groups, name) }

// LookupAll finds several users; the Name of one that there is not is empty.
func LookupAll(names []string) ([]User, error) { return LookupAllFile(Users, names) }
