//! Two databases that differ in nothing but what is concealed, and thousands of statements that somebody might
//! think of: under a veil both have to answer every one of them in the same way. This needs no idea of how
//! something could leak.

use std::sync::Arc;

use super::super::connection::Conn;
use super::Veil;
use super::tests::veil_over;

/// The same numbers on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

/// What everybody may see stands here often, so that many statements are answered.
const COLUMNS: &[&str] = &[
    "id",
    "id",
    "id",
    "id",
    "name",
    "name",
    "name",
    "rowid",
    "word",
    "1",
    "2",
    "'a'",
    "'Ann'",
    "null",
    "people.id",
    "people.name",
    "other.id",
    "p.id",
    "email",
    "pay",
    "host",
    "people.email",
    "\"email\"",
    "[pay]",
    "`Email`",
    "main.people.pay",
    "'ann@x.example'",
    "7",
];

const FUNCTIONS: &[&str] = &[
    "count",
    "max",
    "min",
    "length",
    "upper",
    "typeof",
    "hex",
    "quote",
    "group_concat",
    "json_array",
    "json_group_array",
    "total",
    "abs",
    "coalesce",
    "sum",
    "date",
    "unicode",
    "first_value",
];

fn expression(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 {
        let column = dice.pick(COLUMNS);
        return column.to_owned();
    }
    let depth = depth - 1;
    let inner = |dice: &mut Dice| expression(dice, depth);
    match dice.roll(14) {
        0 => format!("{}({})", dice.pick(FUNCTIONS), inner(dice)),
        1 => format!(
            "{} {} {}",
            inner(dice),
            dice.pick(&["=", "<", ">", "is", "is not", "like", "||", "+", "glob", "match"]),
            inner(dice)
        ),
        2 => format!("({})", select(dice, depth)),
        3 => format!("exists ({})", select(dice, depth)),
        4 => format!("{} in ({})", inner(dice), select(dice, depth)),
        5 => format!("{} in {}", inner(dice), dice.pick(&["one", "people", "other", "everybody", "names"])),
        6 => format!("({}, {}, {}, {}) in people", inner(dice), inner(dice), inner(dice), inner(dice)),
        7 => format!("case when {} then {} else {} end", inner(dice), inner(dice), inner(dice)),
        8 => format!("cast({} as text) collate nocase", inner(dice)),
        9 => format!("count(*) filter (where {})", inner(dice)),
        10 => format!("row_number() over (partition by {} order by {})", inner(dice), inner(dice)),
        11 => format!("{} between {} and {}", inner(dice), inner(dice), inner(dice)),
        12 => format!("({}, {}) = ({}, {})", inner(dice), inner(dice), inner(dice), inner(dice)),
        _ => inner(dice),
    }
}

fn source(dice: &mut Dice, depth: usize) -> String {
    let plain = [
        "people",
        "people",
        "people",
        "people",
        "people not indexed",
        "people p",
        "main.people",
        "other",
        "other",
        "other",
        "names",
        "names",
        "named",
        "everybody",
        "guesses",
        "one",
        "found",
        "found('ann')",
        "found_data",
        "words",
        "sqlite_master",
        "people indexed by by_email",
        "pragma_table_info('people')",
        "json_each(json_array(1)) x",
        "sqlite_stat4",
    ];
    if depth > 0 && dice.roll(4) == 0 {
        return format!("({}) x", select(dice, depth - 1));
    }
    dice.pick(&plain).to_owned()
}

fn select(dice: &mut Dice, depth: usize) -> String {
    let mut sql = String::from("select ");
    if dice.roll(8) == 0 {
        sql += "distinct ";
    }
    let columns: Vec<String> = (0..=dice.roll(2))
        .map(|_| match dice.roll(12) {
            0 => "*".to_owned(),
            1 => format!("{}.*", dice.pick(&["p", "o", "people", "x", "e"])),
            _ => expression(dice, depth.min(2)),
        })
        .collect();
    sql += &columns.join(", ");
    sql += &format!(" from {}", source(dice, depth));
    while dice.roll(5) == 0 {
        let join = dice.pick(&[
            ", ",
            " join ",
            " left join ",
            " cross join ",
            " full join ",
            " natural join ",
            " natural left join ",
        ]);
        sql += &format!("{join}{}", source(dice, depth));
        if !join.contains("natural") && join != ", " {
            match dice.roll(3) {
                0 => sql += &format!(" using ({})", dice.pick(&["id", "email", "pay", "name"])),
                1 => sql += &format!(" on {}", expression(dice, depth.min(1))),
                _ => {}
            }
        }
    }
    if dice.roll(2) == 0 {
        sql += &format!(" where {}", expression(dice, depth.min(2)));
    }
    if dice.roll(5) == 0 {
        sql += &format!(" group by {}", expression(dice, 0));
        if dice.roll(2) == 0 {
            sql += &format!(" having {}", expression(dice, 1));
        }
    }
    if dice.roll(4) == 0 {
        sql += &format!(" order by {}", expression(dice, depth.min(1)));
    }
    if dice.roll(6) == 0 {
        sql += &format!(
            " limit {}",
            dice.pick(&["1", "2", "(select count(*) from people)", "(select pay from people)"])
        );
    }
    sql
}

/// A statement that most likely is right, with now and then something in it that is concealed.
fn plausible(dice: &mut Dice) -> String {
    let (table, columns): (&str, &[&str]) = match dice.roll(8) {
        0 => ("people not indexed", &["id", "name", "people.name", "rowid"]),
        1 => ("people p", &["p.id", "name", "p.name", "id"]),
        2 => ("names", &["id", "name", "names.name"]),
        3 => ("named join other on named.id = other.id", &["named.id", "other.word", "other.email"]),
        4 => ("other o left join people p on o.id = p.id", &["o.id", "p.name", "o.email", "o.word", "p.id"]),
        5 => ("(select id, name, count(*) over () as n from people not indexed) x", &["x.id", "n", "name"]),
        6 => ("people, json_each(json_array(name, people.id)) j", &["people.id", "j.value", "name"]),
        _ => ("people", &["id", "name", "rowid", "people.id", "main.people.name"]),
    };
    let column = |dice: &mut Dice| match dice.roll(25) {
        0 => dice.pick(&["email", "pay", "host", "*", "p.email", "people.pay"]).to_owned(),
        1 => "(select min(id) from people)".to_owned(),
        2 => "(select id from people limit 1)".to_owned(),
        3 => "exists (select 1 from people where id = 1 order by name)".to_owned(),
        4 => format!("length({})", dice.pick(columns)),
        _ => dice.pick(columns).to_owned(),
    };
    let mut sql = format!("select {}, {} from {table}", column(dice), column(dice));
    if dice.roll(2) == 0 {
        sql += &format!(
            " where {} {} {}",
            column(dice),
            dice.pick(&["=", "<", ">=", "is", "like", "in (1, 2) or"]),
            column(dice)
        );
    }
    match dice.roll(5) {
        0 => sql += &format!(" group by {}", column(dice)),
        1 => sql += &format!(" order by {} desc", column(dice)),
        2 => sql += " limit 1",
        _ => {}
    }
    sql
}

fn statement(dice: &mut Dice) -> String {
    if dice.roll(2) == 0 {
        return plausible(dice);
    }
    let depth = 1 + dice.roll(2);
    let one = select(dice, depth);
    match dice.roll(8) {
        0 => format!(
            "{one} {} {}",
            dice.pick(&["union", "union all", "except", "intersect"]),
            select(dice, depth)
        ),
        1 => format!("with x as ({one}) {}", select(dice, depth)),
        2 => format!("with recursive ct(a) as ({one} union select a from ct) select * from ct"),
        3 => format!("values (({one}))"),
        4 => format!("explain query plan {one}"),
        _ => one,
    }
}

fn database(mails: [&str; 3], pays: [i64; 3]) -> Conn {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let schema = "create table people (id integer primary key, name text, email text, pay integer,
            host text generated always as (substr(email, 5)) virtual);
        create table other (id integer primary key, email text, word text);
        insert into other values (1, 'ann@x.example', 'a'), (2, 'bob@y.example', 'b');
        create table one (email text);
        insert into one values ('ann@x.example');
        create index by_email on people (email, pay);
        create view everybody as select * from people;
        create view names as select id, name from people;
        create view named as select id, upper(name) as word from names;
        create view guesses as select o.id from other o natural join people;
        create virtual table found using fts5(name, email, content='people', content_rowid='id');
        create virtual table words using fts5vocab(found, 'row');";
    connection.execute_batch(schema).unwrap();
    for (index, (mail, pay)) in mails.iter().zip(pays).enumerate() {
        let sql = "insert into people (id, name, email, pay) values (?1, ?2, ?3, ?4)";
        connection.execute(sql, (index as i64, ["Ann", "Bob", "Cy"][index], mail, pay)).unwrap();
    }
    connection.execute_batch("insert into found(found) values ('rebuild'); analyze").unwrap();
    Conn::new(connection).unwrap()
}

/// With the order of an index.
fn veil_over_orders(veil: Arc<Veil>, rootpage: i64) -> Arc<Veil> {
    let mut concealed = veil.main().unwrap().clone();
    concealed.add_index(rootpage);
    Arc::new(Veil::new(Arc::new(concealed), []).unwrap())
}

#[test]
fn no_statement_depends_on_what_is_concealed() {
    let one = database(["ann@x.example", "bob@y.example", "cyy@z.example"], [7, 70, 700]);
    let other = database(["zoe@q.example", "", "a"], [1, 8, 2]);
    let veil = veil_over(
        &[("people", "email"), ("people", "pay"), ("people", "host")],
        &[
            "found",
            "found_data",
            "found_idx",
            "found_content",
            "found_docsize",
            "found_config",
            "words",
            "guesses",
        ],
    );
    let rootpage = "select rootpage from sqlite_master where name = 'by_email'";
    let rootpage = one.rows(rootpage, &[]).unwrap().first().and_then(|page| page.as_i64()).unwrap();
    let veil = veil_over_orders(veil, rootpage);
    let mut dice = Dice(20);
    let (mut answered, mut refused, mut different) = (0, 0, 0);
    for _ in 0..12_000 {
        let sql = statement(&mut dice);
        let ask = |conn: &Conn| {
            let rows = conn.visitors_own(&sql, &[], 50);
            rows.map(|rows| {
                (0..rows.len() * rows.columns.len())
                    .map(|cell| {
                        format!("{:?}", rows.get(cell / rows.columns.len(), cell % rows.columns.len()))
                    })
                    .collect::<Vec<_>>()
            })
            .map_err(|error| error.message())
        };
        let under = |conn: &Conn| conn.through(Some(&veil), || ask(conn));
        let (seen, also) = (under(&one), under(&other));
        assert_eq!(seen, also, "{sql}");
        answered += usize::from(seen.is_ok());
        refused += usize::from(seen.as_ref().is_err_and(|message| message.contains("may not see")));
        different += usize::from(ask(&one) != ask(&other));
    }
    // Enough of them make sense, and would tell if they could.
    assert!(answered > 1000 && refused > 1000 && different > 500, "{answered} {refused} {different}");
}
