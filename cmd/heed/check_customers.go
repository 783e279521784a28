package main

import (
	"context"
	"strings"
	"time"

	"github.com/heedmail/heed/escalation/customers"
	"github.com/heedmail/heed/internal/config"
	"github.com/heedmail/heed/internal/daemon"
	"go.uber.org/zap"
)

// shopWithin bounds how long a check waits for the shop's database.
const shopWithin = 10 * time.Second

// customers tries out what tells what the shop knows of its customers.
func (r *report) customers(ctx context.Context, c config.Customers, offline bool, now func() time.Time) {
	switch {
	case len(c.Files) > 0:
		r.customerFiles(customers.CheckFile(daemon.ShopFiles(c, zap.NewNop(), now)))
	case c.Database != "" && !offline:
		found, err := askDatabase(ctx, c)
		if err != nil {
			r.fail("customers: %v", err)
			return
		}
		r.ok("customers: the %s database answers with %s", c.Database, strings.Join(found.Columns, ", "))
		r.ignored(found)
	}
}

func (r *report) customerFiles(found customers.Report, err error) {
	if err != nil {
		r.fail("customers: %v", err)
		return
	}
	r.ok("customers: %s, %s; columns %s", count(found.Customers, "customer", "customers"), count(found.Orders, "order", "orders"), strings.Join(found.Columns, ", "))
	r.ignored(found)
	for _, p := range found.Problems {
		r.warn("customers: %s", p)
	}
	if more := found.Bad - len(found.Problems); more > 0 {
		r.warn("customers: %s more can't be read", count(more, "cell", "cells"))
	}
}

func (r *report) ignored(found customers.Report) {
	if len(found.Ignored) > 0 {
		r.warn("customers: not read: %s; columns that are read are %s", strings.Join(found.Ignored, ", "), strings.Join(customers.Columns(), ", "))
	}
}

func askDatabase(ctx context.Context, c config.Customers) (customers.Report, error) {
	ctx, cancel := context.WithTimeout(ctx, shopWithin)
	defer cancel()
	source, err := daemon.NewShopDatabase(c)
	if err != nil {
		return customers.Report{}, err
	}
	defer source.Close() //nolint:errcheck // it was only read
	return source.Check(ctx)
}
