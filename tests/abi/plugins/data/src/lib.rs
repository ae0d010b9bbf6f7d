//! Rows, formats and writes: written for plugin API 1.0.0.

use std::sync::Mutex;

use datasette_plugin_api::*;

static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Data {
    host: Host,
}

#[hookimpl]
impl Plugin for Data {
    fn new(host: Host) -> Result<Self> {
        Ok(Self { host })
    }

    fn filters_from_request(&self, args: &FiltersFromRequest<'_>) -> Result<Option<FilterArguments>> {
        let Some(letter) = args.request.arg("_abi_first") else { return Ok(None) };
        let filter = FilterArguments::new().filter("title like :abi_first || '%'");
        Ok(Some(filter.param("abi_first", letter).description(format!("title begins with {letter}"))))
    }

    fn register_facet_classes(&self) -> Result<Vec<Box<dyn FacetClass>>> {
        Ok(vec![Box::new(Initials(self.host.clone()))])
    }

    fn register_output_renderer(&self) -> Result<Vec<Box<dyn OutputRenderer>>> {
        Ok(vec![Box::new(Lines)])
    }

    fn register_column_types(&self) -> Result<Vec<Box<dyn ColumnType>>> {
        Ok(vec![Box::new(Loud)])
    }

    fn register_magic_parameters(&self) -> Result<Vec<MagicParameter>> {
        Ok(vec![MagicParameter::new("abi", |key, request| Ok(format!("{key} of {}", request.method()).into()))])
    }

    fn register_events(&self) -> Result<Vec<EventType>> {
        Ok(vec![EventType::new("abi-event", "It happened", ["what"])])
    }

    fn track_event(&self, args: &TrackEvent<'_>) -> Result<()> {
        if let Ok(mut events) = EVENTS.lock() {
            events.push(args.event.name.clone());
        }
        Ok(())
    }

    fn write_wrapper(&self, args: &WriteWrapper<'_>) -> Result<()> {
        args.write.proceed()?;
        args.write.track_event(&Event::new("abi-event", None).with("what", args.database))
    }

    fn register_commands(&self) -> Result<Vec<Command>> {
        let command = Command::new("abi-add", "Add numbers", |words| {
            let numbers: Result<Vec<i32>, _> = words.iter().map(|word| word.parse()).collect();
            Ok(numbers?.into_iter().sum())
        });
        Ok(vec![command.arg(CommandArg::positional("NUMBERS", "Numbers").multiple())])
    }

    fn register_routes(&self) -> Result<Vec<Route>> {
        Ok(vec![Route::new("^/-/abi-events$", |_| {
            Response::json(&*EVENTS.lock().map_err(|_| "a thread panicked")?)
        })])
    }
}

export_plugin!(Data);

struct Lines;

impl OutputRenderer for Lines {
    fn extension(&self) -> &str {
        "abi"
    }

    fn render(&self, page: &Render<'_>) -> Result<Option<Response>> {
        let lines: Vec<String> = page.rows.iter().map(|row| row.at(0).to_string()).collect();
        Ok(Some(Response::text(lines.join("\n"))))
    }
}

struct Initials(Host);

impl FacetClass for Initials {
    fn facet_type(&self) -> &str {
        "abi"
    }

    fn suggest(&self, _: &FacetContext<'_>) -> Result<Vec<SuggestedFacet>> {
        Ok(Vec::new())
    }

    fn facet_results(&self, context: &FacetContext<'_>) -> Result<FacetResults> {
        let mut results = FacetResults::default();
        for config in context.configs.iter() {
            let column = config.column.clone().unwrap_or_default();
            let sql = format!("select substr(\"{column}\", 1, 1) as v, count(*) as n from ({}) group by v", context.sql);
            let rows = self.0.query(context.database, &sql, &context.params, &QueryOptions::default())?;
            let mut result = FacetResult::new(&column, "abi", config.source, "_facet_abi", &column);
            for row in 0..rows.rows.len() {
                let value = rows.get(row, "v").map_or_else(String::new, ToString::to_string);
                let count = rows.get(row, "n").and_then(Value::as_i64).unwrap_or_default();
                result.values.push(FacetValue::new(json!(value), count, "_abi_first", &value));
            }
            results.results.push(result);
        }
        Ok(results)
    }
}

struct Loud;

impl ColumnType for Loud {
    fn name(&self) -> &str {
        "abi_loud"
    }

    fn description(&self) -> &str {
        "Text in capitals"
    }

    fn render_cell(&self, cell: &ColumnCell<'_>) -> Result<Option<Html>> {
        Ok(cell.value.as_str().map(|text| Html::escape(&text.to_uppercase())))
    }

    fn validate(&self, value: &Json, _: &Json) -> Result<Option<String>> {
        Ok(value.as_str().is_some_and(|text| text.contains('?')).then(|| "abi: no questions".to_owned()))
    }
}
