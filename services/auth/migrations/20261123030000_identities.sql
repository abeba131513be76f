-- migrate:up

-- Accounts elsewhere that sign in here. Whose one is never changes; one user may have several.
CREATE TABLE identities (
    provider text NOT NULL,
    -- The provider's own name for the person, which stays when the address changes.
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- As the provider had it verified at the last sign-in. Mail goes to the account's own.
    email text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, subject)
);
CREATE INDEX identities_of_user ON identities (user_id);

-- migrate:down

DROP TABLE identities;
