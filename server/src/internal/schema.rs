//! The tables. Their names and columns are Datasette's: plugins query them, and a file written by
//! Datasette can be opened here and the other way round.

use crate::error::Result;
use crate::sqlite::Writer;

/// Tables that mirror the schemas of the attached databases, those that refer to others first.
pub(super) const CATALOG: [&str; 6] = [
    "catalog_columns",
    "catalog_foreign_keys",
    "catalog_indexes",
    "catalog_views",
    "catalog_tables",
    "catalog_databases",
];

/// Makes what is missing.
pub(super) fn create(writer: &Writer<'_>) -> Result<()> {
    writer.script(TABLES)?;
    Ok(())
}

const TABLES: &str = r#"
create table if not exists catalog_databases (
    database_name text primary key,
    path text,
    is_memory integer,
    schema_version integer
);
create table if not exists catalog_tables (
    database_name text references catalog_databases(database_name),
    table_name text,
    rootpage integer,
    sql text,
    primary key (database_name, table_name)
);
create table if not exists catalog_views (
    database_name text references catalog_databases(database_name),
    view_name text,
    rootpage integer,
    sql text,
    primary key (database_name, view_name)
);
create table if not exists catalog_columns (
    database_name text references catalog_databases(database_name),
    table_name text,
    cid integer,
    name text,
    type text,
    "notnull" integer,
    default_value text,
    is_pk integer,
    hidden integer,
    primary key (database_name, table_name, name),
    foreign key (database_name, table_name) references catalog_tables(database_name, table_name)
);
create table if not exists catalog_indexes (
    database_name text references catalog_databases(database_name),
    table_name text,
    seq integer,
    name text,
    "unique" integer,
    origin text,
    partial integer,
    primary key (database_name, table_name, name),
    foreign key (database_name, table_name) references catalog_tables(database_name, table_name)
);
create table if not exists catalog_foreign_keys (
    database_name text references catalog_databases(database_name),
    table_name text,
    id integer,
    seq integer,
    "table" text,
    "from" text,
    "to" text,
    on_update text,
    on_delete text,
    match text,
    primary key (database_name, table_name, id, seq),
    foreign key (database_name, table_name) references catalog_tables(database_name, table_name)
);

create table if not exists metadata_instance (key text, value text, unique (key));
create table if not exists metadata_databases (
    database_name text, key text, value text, unique (database_name, key)
);
create table if not exists metadata_resources (
    database_name text, resource_name text, key text, value text, unique (database_name, resource_name, key)
);
create table if not exists metadata_columns (
    database_name text, resource_name text, column_name text, key text, value text,
    unique (database_name, resource_name, column_name, key)
);

create table if not exists column_types (
    database_name text not null,
    resource_name text not null,
    column_name text not null,
    column_type text not null,
    config text, -- JSON
    primary key (database_name, resource_name, column_name)
);

create table if not exists queries (
    database_name text not null,
    name text not null,
    sql text not null,
    title text,
    description text,
    description_html text,
    options text not null default '{}', -- JSON: what else there is to say
    parameters text not null default '[]', -- JSON: names
    is_write integer not null default 0 check (is_write in (0, 1)),
    is_private integer not null default 0 check (is_private in (0, 1)),
    is_trusted integer not null default 0 check (is_trusted in (0, 1)),
    source text not null default 'user',
    owner_id text,
    created_at text not null default current_timestamp,
    updated_at text not null default current_timestamp,
    primary key (database_name, name)
);
create index if not exists queries_owner_idx on queries(owner_id);

-- Tells Datasette that there is nothing left for it to create.
create table if not exists "_sqlite_migrations" (
    id integer primary key, migration_set text, name text, applied_at text
);
insert into "_sqlite_migrations" (migration_set, name, applied_at)
    select 'datasette_internal', '0001_initial', strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')
    where not exists (
        select 1 from "_sqlite_migrations" where migration_set = 'datasette_internal' and name = '0001_initial'
    );
"#;

#[cfg(test)]
mod tests {
    use super::super::Internal;
    use super::*;

    #[test]
    fn the_catalogue_is_complete() {
        let internal = Internal::open(None).unwrap();
        let sql = "select group_concat(name) from (select name from sqlite_master where name like 'catalog%' \
                   and type = 'table' order by name)";
        let found = internal.read(|conn| Ok(conn.value(sql, &[])?)).unwrap();
        let mut expected = CATALOG;
        expected.sort_unstable();
        assert_eq!(found, Some(expected.join(",").into()));
    }
}
