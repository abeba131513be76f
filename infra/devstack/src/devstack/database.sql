-- Makes the database of the services, and goes on in it.
\set ON_ERROR_STOP on

SELECT 'CREATE DATABASE onasty'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'onasty')
\gexec

\connect onasty
