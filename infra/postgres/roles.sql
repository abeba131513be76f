-- One role per service, each owning a schema of its own name and reaching nothing else.
--
-- Run by psql as a superuser in the database of the services, any number of times. Passwords come
-- from the environment: POSTGRES_AUTH_PASSWORD, POSTGRES_NOTES_PASSWORD, POSTGRES_MAILER_PASSWORD.
-- Services with databases of their own on other servers need none of this: a DSN is enough.

\set ON_ERROR_STOP on
\getenv auth_password POSTGRES_AUTH_PASSWORD
\getenv notes_password POSTGRES_NOTES_PASSWORD
\getenv mailer_password POSTGRES_MAILER_PASSWORD

SET client_min_messages = warning;

BEGIN;

SELECT format('CREATE ROLE %I', name)
FROM (VALUES ('auth'), ('notes'), ('mailer')) AS service (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE auth LOGIN NOINHERIT PASSWORD :'auth_password';
ALTER ROLE notes LOGIN NOINHERIT PASSWORD :'notes_password';
ALTER ROLE mailer LOGIN NOINHERIT PASSWORD :'mailer_password';

CREATE SCHEMA IF NOT EXISTS auth AUTHORIZATION auth;
CREATE SCHEMA IF NOT EXISTS notes AUTHORIZATION notes;
CREATE SCHEMA IF NOT EXISTS mailer AUTHORIZATION mailer;

ALTER ROLE auth SET search_path = auth;
ALTER ROLE notes SET search_path = notes;
ALTER ROLE mailer SET search_path = mailer;

-- A migration that cannot get its lock fails and is repeated, instead of holding up everybody behind it.
-- Services set shorter ones of their own.
ALTER ROLE auth SET lock_timeout = '5s';
ALTER ROLE notes SET lock_timeout = '5s';
ALTER ROLE mailer SET lock_timeout = '5s';

-- What everybody may do by default: connect to any database, make temporary tables.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO auth, notes, mailer;

COMMIT;
