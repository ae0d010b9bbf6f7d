//! The tables of SQLite's query planner hold samples of other tables' rows: nobody sees them.

use datasette_plugin_api::*;

pub(crate) struct Statistics;

#[hookimpl]
impl Plugin for Statistics {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn permission_resources_sql(&self, args: &PermissionResourcesSql<'_>) -> Result<Vec<PermissionSql>> {
        if args.action != "view-table" {
            return Ok(Vec::new());
        }
        let sql = "select null as parent, value as child, 0 as allow, \
                   'SQLite statistics tables are denied by default' as reason \
                   from json_each(:sqlite_statistics_names)";
        let names = json!(["sqlite_stat1", "sqlite_stat2", "sqlite_stat3", "sqlite_stat4"]);
        Ok(vec![PermissionSql::rows(sql).param("sqlite_statistics_names", names)])
    }
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::Harness;

    use super::*;

    #[test]
    fn statistics_are_denied_and_nothing_else_is_said() {
        let plugin = Harness::<Statistics>::new();
        let said = |action| {
            plugin.permission_resources_sql(&PermissionResourcesSql::new(None, action)).unwrap().unwrap()
        };
        assert!(said("view-table")[0].sql.as_ref().unwrap().contains("0 as allow"));
        assert_eq!(said("view-database"), []);
    }
}
