// Package archive reads stored mail: a directory of .eml files, a Maildir, or an mbox (RFC 4155).
//
// It lists first and reads later: an Entry is a place, and Read opens it again, so that an archive of any size is
// walked with one mail in memory. Nothing is written.
package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// MaxMail is how much of one stored mail is read, in bytes; the watcher takes no more of a live one.
const MaxMail = 32 << 20

// An Entry is one stored mail.
type Entry struct {
	File   string // relative to the archive, with slashes; "box.mbox#3" for the third mail of an mbox
	Folder string // the folder that it lies in, "INBOX" for mail at the top
	path   string
	offset int64 // where it begins, for an mbox
	size   int64
	mbox   bool
	mod    time.Time
}

// ModTime is when the file was last changed: the last resort for a mail that bears no date.
func (e Entry) ModTime() time.Time { return e.mod }

// Size is how long the mail is in the archive, in bytes.
func (e Entry) Size() int64 { return e.size }

// List finds the mails in name, which is a directory or an mbox file. Files that are no mail are passed over.
func List(name string) ([]Entry, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("open the stored mail: %w", err)
	}
	if !info.IsDir() {
		return listFile(name, filepath.Base(name), "INBOX")
	}
	var all []Entry
	err = filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(name, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && d.Name() == "tmp" && isMaildir(filepath.Dir(p)):
			return fs.SkipDir // half-delivered mail
		case !d.Type().IsRegular(), !isMail(rel, p):
			return nil
		}
		found, err := listFile(p, rel, folderOf(rel))
		all = append(all, found...)
		return err
	})
	return all, err
}

// isMail tells a mail from whatever else lies in a directory: by its ending, or because it lies in a Maildir.
func isMail(rel, p string) bool {
	switch strings.ToLower(path.Ext(rel)) {
	case ".eml", ".mbox", ".mbx":
		return true
	}
	if strings.HasPrefix(path.Base(rel), ".") {
		return false
	}
	dir := path.Base(path.Dir(rel))
	return (dir == "cur" || dir == "new") && isMaildir(filepath.Dir(filepath.Dir(p)))
}

func isMaildir(dir string) bool {
	for _, sub := range []string{"cur", "new"} {
		if info, err := os.Stat(filepath.Join(dir, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// folderOf names the folder that a file lies in. Maildir++ writes the folder Sent as ".Sent", and INBOX as nothing.
func folderOf(rel string) string {
	dir := path.Dir(rel)
	if base := path.Base(dir); base == "cur" || base == "new" {
		dir = path.Dir(dir)
	}
	if ext := strings.ToLower(path.Ext(rel)); dir == "." && (ext == ".mbox" || ext == ".mbx") {
		return strings.TrimSuffix(path.Base(rel), path.Ext(rel))
	}
	dir = strings.TrimPrefix(dir, ".")
	if dir == "" {
		return "INBOX"
	}
	return dir
}

func listFile(p, rel, folder string) ([]Entry, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	e := Entry{File: rel, Folder: folder, path: p, size: info.Size(), mod: info.ModTime()}
	if !looksLikeMbox(f, rel) {
		return []Entry{e}, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return splitMbox(f, e)
}

// Read returns the mail, at most MaxMail bytes of it.
func (e Entry) Read() ([]byte, error) {
	f, err := os.Open(e.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw := make([]byte, min(e.size, MaxMail))
	n, err := f.ReadAt(raw, e.offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", e.File, err)
	}
	raw = raw[:n]
	if e.mbox {
		raw = unquoteFrom(raw)
	}
	return raw, nil
}

// Sort puts entries in the order of their arrival; mails of the same moment stay in the order of their names.
func Sort(entries []Entry, arrived func(Entry) time.Time) {
	slices.SortStableFunc(entries, func(a, b Entry) int {
		if c := arrived(a).Compare(arrived(b)); c != 0 {
			return c
		}
		return strings.Compare(a.File, b.File)
	})
}
