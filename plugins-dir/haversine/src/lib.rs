//! Distances on the globe: `select haversine(52.52, 13.40, 48.86, 2.35)` is 877 km or so.
//!
//! Hooks: `prepare_connection`. Config: none.

use datasette_plugin_api::*;

/// The mean radius of the earth (IUGG), in kilometers.
const RADIUS: f64 = 6371.0088;

/// Units by name, and how many of each are in a kilometer.
const UNITS: &[(&str, f64)] = &[
    ("km", 1.0),
    ("m", 1000.0),
    ("mi", 1.0 / 1.609_344),
    ("nmi", 1.0 / 1.852),
    ("ft", 1000.0 / 0.3048),
    ("in", 1000.0 / 0.0254),
];

struct Haversine;

#[hookimpl]
impl Plugin for Haversine {
    fn new(_host: Host) -> Result<Self> {
        Ok(Self)
    }

    fn prepare_connection(&self, connection: &PrepareConnection<'_>) -> Result<()> {
        for arguments in [4, 5] {
            connection.registrar.scalar("haversine", arguments, distance)?;
        }
        Ok(())
    }
}

export_plugin!(Haversine);

/// `lat1, lon1, lat2, lon2[, unit]`; nothing is known of a place that is not known.
fn distance(args: &[ValueRef<'_>]) -> Result<Value> {
    if args.iter().any(|arg| arg.is_null()) {
        return Ok(Value::Null);
    }
    let per_kilometer = match args.get(4) {
        Some(name) => unit(&name.to_string())?,
        None => 1.0,
    };
    let mut degrees = [0.0; 4];
    for (degree, arg) in degrees.iter_mut().zip(args) {
        *degree = number(*arg)?;
    }
    Ok((great_circle(degrees) * per_kilometer).into())
}

fn unit(name: &str) -> Result<f64> {
    UNITS.iter().find(|(known, _)| *known == name).map(|(_, factor)| *factor).ok_or_else(|| {
        let known: Vec<&str> = UNITS.iter().map(|(known, _)| *known).collect();
        Error::bad_request(format!("haversine: {name:?} is no unit; there are {}", known.join(", ")))
    })
}

/// Columns that came from a CSV file may hold numbers as text.
fn number(value: ValueRef<'_>) -> Result<f64> {
    let parsed = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    parsed.filter(|number| number.is_finite()).ok_or_else(|| {
        let shown: String = value.to_string().chars().take(40).collect();
        Error::bad_request(format!("haversine: {shown:?} is not a number of degrees"))
    })
}

/// Kilometers between two places, along the surface of a ball.
fn great_circle([lat1, lon1, lat2, lon2]: [f64; 4]) -> f64 {
    let half_chord = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
    let cosines = lat1.to_radians().cos() * lat2.to_radians().cos();
    let square = half_chord(lat1, lat2) + cosines * half_chord(lon1, lon2);
    // Rounding may lead a hair beyond 1 for places at opposite ends, and a root has no sine there.
    2.0 * RADIUS * square.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use datasette_plugin_api::testing::Harness;

    use super::*;

    fn call(args: &[Value]) -> Result<Value> {
        Harness::<Haversine>::new().sql().unwrap().call("haversine", args)
    }

    /// Lyon and Paris: the example that everybody uses.
    fn lyon_to_paris(unit: Option<&str>) -> Vec<Value> {
        let places = [45.7597, 4.8422, 48.8567, 2.3508].map(Value::from);
        places.into_iter().chain(unit.map(Value::from)).collect()
    }

    #[track_caller]
    fn check(unit: Option<&str>, expected: f64) {
        let distance = call(&lyon_to_paris(unit)).unwrap().as_f64().unwrap();
        assert!((distance / expected - 1.0).abs() < 1e-6, "{distance} is not {expected}");
    }

    #[test]
    fn kilometers_are_the_default() {
        check(None, 392.217_259_5);
        check(Some("km"), 392.217_259_5);
    }

    #[test]
    fn there_are_six_units() {
        check(Some("m"), 392_217.259_5);
        check(Some("mi"), 243.712_506_5);
        check(Some("nmi"), 211.780_377_7);
        check(Some("ft"), 1_286_802.032_5);
        check(Some("in"), 15_441_624.389_8);
    }

    #[test]
    fn unknown_units_are_an_error_that_names_the_known() {
        let error = call(&lyon_to_paris(Some("miles"))).unwrap_err();
        assert_eq!(error.message, "haversine: \"miles\" is no unit; there are km, m, mi, nmi, ft, in");
    }

    #[test]
    fn null_gives_null() {
        for place in 0..5 {
            let mut args = lyon_to_paris(Some("km"));
            args[place] = Value::Null;
            assert_eq!(call(&args).unwrap(), Value::Null);
        }
    }

    #[test]
    fn numbers_may_be_whole_or_text() {
        let texts = ["0", " 0 ", "0.0", "180"].map(Value::from);
        let numbers = [0, 0, 0, 180].map(Value::from);
        let half_way_round = call(&numbers).unwrap().as_f64().unwrap();
        assert_eq!(call(&texts).unwrap().as_f64(), Some(half_way_round));
        assert!((half_way_round - 20_015.114_442).abs() < 1e-3, "{half_way_round}");
    }

    #[test]
    fn what_is_no_number_is_an_error() {
        for wrong in ["north".into(), "inf".into(), "".into(), Value::Blob(vec![1])] {
            let mut args = lyon_to_paris(None);
            args[1] = wrong;
            assert!(call(&args).unwrap_err().message.contains("is not a number of degrees"));
        }
    }

    #[test]
    fn the_same_place_is_nowhere_away() {
        assert_eq!(call(&[45.7, 4.8, 45.7, 4.8].map(Value::from)).unwrap(), 0.0.into());
    }
}
