-- elements.sql - builds the demo database: the chemical elements.
--
--   rm -f elements.db && sqlite3 elements.db < elements.sql
--
-- Needs SQLite 3.38 or later with FTS5 (both are in every standard build).
-- Dedicated to the public domain: CC0 1.0,
-- https://creativecommons.org/publicdomain/zero/1.0/
--
-- Contents, in order:
--   1. tables            5. discoveries
--   2. categories        6. isotopes
--   3. elements          7. indexes and views
--   4. discoverers       8. full-text search
--
-- Conventions: NULL means unknown, never measured or not applicable; values
-- that exist only as predictions are left NULL. Units are given beside each
-- column below.

PRAGMA page_size = 4096;
PRAGMA journal_mode = delete;
PRAGMA foreign_keys = ON;

BEGIN;

------------------------------------------------------------------------------
-- 1. Tables
------------------------------------------------------------------------------

CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL
);

-- "name" carries the only UNIQUE constraint on a text column, so that it is
-- the column shown wherever another table refers to an element.
CREATE TABLE elements (
    atomic_number INTEGER PRIMARY KEY,     -- protons in the nucleus
    symbol TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,             -- IUPAC spelling
    category_id INTEGER NOT NULL REFERENCES categories(id),
    period INTEGER NOT NULL,               -- row of the periodic table
    group_number INTEGER,                  -- column, NULL for La-Yb and Ac-No
    block TEXT NOT NULL CHECK (block IN ('s', 'p', 'd', 'f')),
    atomic_mass REAL NOT NULL,             -- daltons; a mass number if there is
                                           -- no standard atomic weight
    density REAL,                          -- g/cm3; gases at 0 C and 1 atm
    melting_point REAL,                    -- kelvin, at 1 atm
    boiling_point REAL,                    -- kelvin; C and As sublime
    electronegativity REAL,                -- Pauling scale
    phase TEXT NOT NULL                    -- at 25 C
        CHECK (phase IN ('solid', 'liquid', 'gas', 'unknown')),
    discovered TEXT,                       -- YYYY-MM-DD, if known to the day
    discovered_year INTEGER,               -- negative: BCE, approximate
    uses TEXT NOT NULL CHECK (json_valid(uses)),  -- JSON array of strings
    color TEXT,
    summary TEXT NOT NULL
);

CREATE TABLE discoverers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    born TEXT,                             -- YYYY-MM-DD
    died TEXT,                             -- YYYY-MM-DD
    country TEXT NOT NULL,                 -- where the discovery is placed, modern name
    wikipedia TEXT
);

-- Who discovered what: many-to-many.
CREATE TABLE discoveries (
    element INTEGER NOT NULL REFERENCES elements(atomic_number),
    discoverer INTEGER NOT NULL REFERENCES discoverers(id),
    PRIMARY KEY (element, discoverer)
) WITHOUT ROWID;

CREATE TABLE isotopes (
    id INTEGER PRIMARY KEY,
    element INTEGER NOT NULL REFERENCES elements(atomic_number),
    mass_number INTEGER NOT NULL,          -- protons plus neutrons
    abundance REAL,                        -- percent of the natural element
    half_life TEXT,                        -- readable; NULL if stable
    half_life_s REAL,                      -- the same in seconds
    decay_mode TEXT,                       -- principal mode
    UNIQUE (element, mass_number)
);

------------------------------------------------------------------------------
-- 2. Categories
------------------------------------------------------------------------------

INSERT INTO categories (id, name, description) VALUES
(1, 'alkali metal', 'Soft, very reactive metals of group 1 that give up one electron easily. Hydrogen shares the column but not the character.'),
(2, 'alkaline earth metal', 'Reactive metals of group 2, with two outer electrons. They include the metals of lime, bones and emeralds.'),
(3, 'transition metal', 'The metals in the middle of the table, groups 3 to 12: mostly hard and high-melting, with coloured compounds and several oxidation states.'),
(4, 'post-transition metal', 'Softer, lower-melting metals to the right of the transition metals.'),
(5, 'metalloid', 'Elements between metals and nonmetals in behaviour, several of them semiconductors. Authors disagree about the exact list.'),
(6, 'reactive nonmetal', 'Nonmetals that readily form compounds, among them the building blocks of life and most of the halogens.'),
(7, 'noble gas', 'The gases of group 18, with filled electron shells and very little taste for chemistry.'),
(8, 'lanthanide', 'The fifteen elements from lanthanum to lutetium. With scandium and yttrium they are known as the rare earths.'),
(9, 'actinide', 'The fifteen radioactive elements from actinium to lawrencium, most of them made artificially.'),
(10, 'unknown', 'Superheavy elements whose chemistry has not been established by experiment.');

------------------------------------------------------------------------------
-- 3. Elements
--
-- atomic_number, symbol, name, category_id, period, group_number, block,
-- atomic_mass, density, melting_point, boiling_point, electronegativity,
-- phase, discovered, discovered_year, uses, color, summary
------------------------------------------------------------------------------

-- Period 1 ------------------------------------------------------------------
INSERT INTO elements VALUES
(1, 'H', 'Hydrogen', 6, 1, 1, 's', 1.008, 0.00008988, 13.99, 20.271, 2.20, 'gas', NULL, 1766,
 '["ammonia production","fuel cells","rocket fuel","petroleum refining"]', 'colourless',
 'The lightest and by far the most abundant element in the universe, and the fuel that keeps stars shining. On Earth almost all of it is bound up in water and organic matter.'),
(2, 'He', 'Helium', 7, 1, 18, 's', 4.0026, 0.0001785, NULL, 4.222, NULL, 'gas', '1868-08-18', 1868,
 '["cryogenics","balloons","welding","leak detection","breathing mixtures"]', 'colourless',
 'First noticed as a yellow line in sunlight during an eclipse, and only later found on Earth. It has the lowest boiling point of any element and cannot be frozen at ordinary pressure.');

-- Period 2 ------------------------------------------------------------------
INSERT INTO elements VALUES
(3, 'Li', 'Lithium', 1, 2, 1, 's', 6.94, 0.534, 453.65, 1603, 0.98, 'solid', NULL, 1817,
 '["batteries","ceramics","lubricants","medicine","alloys"]', 'silvery white',
 'The least dense of all metals, soft enough to cut with a knife and light enough to float on oil. Rechargeable batteries now take most of the world supply.'),
(4, 'Be', 'Beryllium', 2, 2, 2, 's', 9.0122, 1.85, 1560, 2742, 1.57, 'solid', NULL, 1798,
 '["alloys","x-ray windows","aerospace","neutron reflectors"]', 'steel grey',
 'A stiff, very light and toxic metal found in emerald and aquamarine. It is nearly transparent to X-rays, which makes it the usual window material for X-ray tubes.'),
(5, 'B', 'Boron', 5, 2, 13, 'p', 10.81, 2.34, 2349, 4200, 2.04, 'solid', NULL, 1808,
 '["glass","detergents","abrasives","semiconductors","neutron absorbers"]', 'black-brown',
 'A hard metalloid mined as borax from dry lake beds. It gives laboratory glass its resistance to heat, and one of its isotopes soaks up neutrons.'),
(6, 'C', 'Carbon', 6, 2, 14, 'p', 12.011, 2.267, NULL, 3915, 2.55, 'solid', NULL, NULL,
 '["steelmaking","fuel","pigments","abrasives","jewellery","composites"]', 'black (graphite), clear (diamond)',
 'The backbone of every known living thing, able to form more compounds than almost any other element. Graphite and diamond are both pure carbon; at ordinary pressure it sublimes instead of melting.'),
(7, 'N', 'Nitrogen', 6, 2, 15, 'p', 14.007, 0.0012506, 63.15, 77.355, 3.04, 'gas', NULL, 1772,
 '["fertilizers","cryogenics","explosives","inert atmospheres","food packaging"]', 'colourless',
 'Makes up 78 percent of the air as an unreactive two-atom gas. Turning it into ammonia feeds roughly half of humanity.'),
(8, 'O', 'Oxygen', 6, 2, 16, 'p', 15.999, 0.001429, 54.36, 90.188, 3.44, 'gas', '1774-08-01', 1774,
 '["steelmaking","medicine","welding","rocket fuel","water treatment"]', 'colourless (pale blue liquid)',
 'The gas that animals breathe and fires consume, replenished by photosynthesis. By mass it is also the most abundant element in the crust of the Earth.'),
(9, 'F', 'Fluorine', 6, 2, 17, 'p', 18.998, 0.001696, 53.48, 85.03, 3.98, 'gas', '1886-06-26', 1886,
 '["polymers","refrigerants","toothpaste","uranium enrichment","medicine"]', 'pale yellow',
 'The most electronegative element, so reactive that several chemists were injured or killed trying to isolate it. In combined form it is harmless enough for toothpaste and non-stick pans.'),
(10, 'Ne', 'Neon', 7, 2, 18, 'p', 20.180, 0.0009002, 24.56, 27.104, NULL, 'gas', NULL, 1898,
 '["lighting","lasers","cryogenics"]', 'colourless',
 'A rare noble gas distilled from liquid air that glows a famous orange-red when electricity passes through it. No stable neutral compound of it is known.');

-- Period 3 ------------------------------------------------------------------
INSERT INTO elements VALUES
(11, 'Na', 'Sodium', 1, 3, 1, 's', 22.990, 0.968, 370.944, 1156.09, 0.93, 'solid', NULL, 1807,
 '["food","chemicals","lighting","heat transfer","glass"]', 'silvery white',
 'A soft metal that reacts violently with water and is never found free in nature. Its chloride is common salt, and nerves depend on its ions.'),
(12, 'Mg', 'Magnesium', 2, 3, 2, 's', 24.305, 1.738, 923, 1363, 1.31, 'solid', NULL, 1755,
 '["alloys","aerospace","flares","medicine"]', 'silvery grey',
 'A light structural metal that burns with a dazzling white flame. A magnesium ion sits at the heart of every molecule of chlorophyll.'),
(13, 'Al', 'Aluminium', 4, 3, 13, 'p', 26.982, 2.70, 933.47, 2743, 1.61, 'solid', NULL, 1825,
 '["aerospace","packaging","construction","power lines","alloys"]', 'silvery grey',
 'The most abundant metal in the crust of the Earth, yet once costlier than gold because it was so hard to extract. A thin oxide skin protects it from corrosion.'),
(14, 'Si', 'Silicon', 5, 3, 14, 'p', 28.085, 2.3290, 1687, 3538, 1.90, 'solid', NULL, 1824,
 '["semiconductors","solar cells","glass","construction","alloys"]', 'dark grey, bluish tinge',
 'The second most abundant element in the crust, found in sand, quartz and most rocks. Highly purified crystals of it carry nearly all modern electronics.'),
(15, 'P', 'Phosphorus', 6, 3, 15, 'p', 30.974, 1.823, 317.3, 553.7, 2.19, 'solid', NULL, 1669,
 '["fertilizers","matches","detergents","steelmaking","food"]', 'white, red, violet or black',
 'Isolated by an alchemist from boiled-down urine, and named for the glow of its white form. It is part of DNA, bones and the energy carrier ATP. Values given here are for white phosphorus.'),
(16, 'S', 'Sulfur', 6, 3, 16, 'p', 32.06, 2.07, 388.36, 717.8, 2.58, 'solid', NULL, -2000,
 '["sulfuric acid","rubber","fertilizers","fungicides","gunpowder"]', 'lemon yellow',
 'A yellow solid known since ancient times as brimstone and found around volcanoes. Most of it becomes sulfuric acid, the most produced industrial chemical.'),
(17, 'Cl', 'Chlorine', 6, 3, 17, 'p', 35.45, 0.0032, 171.6, 239.11, 3.16, 'gas', NULL, 1774,
 '["water treatment","polymers","bleach","chemicals","medicine"]', 'pale yellow-green',
 'A choking greenish gas whose compounds disinfect drinking water worldwide. It was also the first poison gas used on a large scale in war.'),
(18, 'Ar', 'Argon', 7, 3, 18, 'p', 39.95, 0.001784, 83.81, 87.302, NULL, 'gas', '1894-08-13', 1894,
 '["welding","lighting","inert atmospheres","insulated windows"]', 'colourless',
 'Almost one percent of the air, and mostly made by the slow decay of potassium in rocks. Its name means lazy, for its refusal to react.');

-- Period 4 ------------------------------------------------------------------
INSERT INTO elements VALUES
(19, 'K', 'Potassium', 1, 4, 1, 's', 39.098, 0.862, 336.7, 1032, 0.82, 'solid', '1807-10-06', 1807,
 '["fertilizers","soap","glass","food"]', 'silvery grey',
 'The first metal isolated by electrolysis, from molten potash. Plants need it in quantity, and its natural radioactivity makes up a good part of the dose inside the human body.'),
(20, 'Ca', 'Calcium', 2, 4, 2, 's', 40.078, 1.55, 1115, 1757, 1.00, 'solid', NULL, 1808,
 '["construction","steelmaking","alloys","food"]', 'dull silvery, pale yellow tint',
 'The metal of limestone, chalk, shells, teeth and bones. Its oxide, quicklime, has held buildings together since antiquity.'),
(21, 'Sc', 'Scandium', 3, 4, 3, 'd', 44.956, 2.985, 1814, 3109, 1.36, 'solid', NULL, 1879,
 '["alloys","aerospace","lighting","fuel cells"]', 'silvery white',
 'A light rare earth metal predicted by Mendeleev before it was found. A pinch of it makes aluminium alloys markedly stronger.'),
(22, 'Ti', 'Titanium', 3, 4, 4, 'd', 47.867, 4.506, 1941, 3560, 1.54, 'solid', NULL, 1791,
 '["aerospace","pigments","implants","alloys"]', 'silvery grey-white',
 'As strong as many steels at little more than half the weight, and almost immune to seawater. Its dioxide is the standard white pigment of paint and paper.'),
(23, 'V', 'Vanadium', 3, 4, 5, 'd', 50.942, 6.11, 2183, 3680, 1.63, 'solid', NULL, 1801,
 '["steelmaking","alloys","catalysts","batteries"]', 'blue-silver-grey',
 'Discovered in Mexico, then rediscovered decades later and named for the Norse goddess Freyja because of its brightly coloured compounds. Small additions toughen steel.'),
(24, 'Cr', 'Chromium', 3, 4, 6, 'd', 51.996, 7.19, 2180, 2944, 1.66, 'solid', NULL, 1797,
 '["steelmaking","plating","pigments","leather tanning","alloys"]', 'silvery',
 'The metal that makes stainless steel stainless and plating shine. Traces of it colour ruby red and emerald green.'),
(25, 'Mn', 'Manganese', 3, 4, 7, 'd', 54.938, 7.21, 1519, 2334, 1.55, 'solid', NULL, 1774,
 '["steelmaking","batteries","alloys","pigments"]', 'silvery grey',
 'A hard, brittle metal that practically every steel contains. Nodules rich in it litter the deep sea floor.'),
(26, 'Fe', 'Iron', 3, 4, 8, 'd', 55.845, 7.874, 1811, 3134, 1.83, 'solid', NULL, -5000,
 '["steelmaking","construction","magnets","catalysts","machinery"]', 'lustrous grey',
 'The cheapest and most used metal, the main ingredient of steel and of the core of the Earth. It carries oxygen in red blood.'),
(27, 'Co', 'Cobalt', 3, 4, 9, 'd', 58.933, 8.90, 1768, 3200, 1.88, 'solid', NULL, 1735,
 '["batteries","alloys","magnets","pigments","medicine"]', 'bluish grey',
 'Its compounds have coloured glass deep blue for thousands of years. Today it goes into battery cathodes, jet engine alloys and vitamin B12.'),
(28, 'Ni', 'Nickel', 3, 4, 10, 'd', 58.693, 8.908, 1728, 3003, 1.91, 'solid', NULL, 1751,
 '["steelmaking","alloys","batteries","plating","coins","catalysts"]', 'silvery white, golden tinge',
 'A tough, corrosion-resistant metal named by miners after a mischievous spirit. Much of it ends up in stainless steel.'),
(29, 'Cu', 'Copper', 3, 4, 11, 'd', 63.546, 8.96, 1357.77, 2835, 1.90, 'solid', NULL, -9000,
 '["electrical wiring","plumbing","alloys","coins"]', 'red-orange',
 'Among the first metals people worked, and with tin the basis of the Bronze Age. Only silver conducts electricity better at room temperature.'),
(30, 'Zn', 'Zinc', 3, 4, 12, 'd', 65.38, 7.14, 692.68, 1180, 1.65, 'solid', NULL, 1746,
 '["galvanizing","alloys","batteries","pigments","medicine"]', 'bluish white',
 'Protects steel from rust by corroding in its place, and alloys with copper to make brass. It is an essential trace nutrient.'),
(31, 'Ga', 'Gallium', 4, 4, 13, 'p', 69.723, 5.91, 302.9146, 2673, 1.81, 'solid', '1875-08-27', 1875,
 '["semiconductors","lighting","solar cells","thermometers"]', 'silvery blue',
 'A metal that melts in the hand, and the first of the elements predicted by Mendeleev to be found. Its arsenide and nitride make fast chips and blue LEDs.'),
(32, 'Ge', 'Germanium', 5, 4, 14, 'p', 72.630, 5.323, 1211.40, 3106, 2.01, 'solid', '1886-02-06', 1886,
 '["fibre optics","infrared optics","semiconductors","solar cells"]', 'greyish white',
 'The semiconductor of the first transistors. It is transparent to infrared light and so used for thermal camera lenses.'),
(33, 'As', 'Arsenic', 5, 4, 15, 'p', 74.922, 5.727, NULL, 887, 2.18, 'solid', NULL, 1250,
 '["semiconductors","alloys","wood preservatives","medicine"]', 'metallic grey',
 'A notorious poison that sublimes when heated at ordinary pressure. One of its compounds is nevertheless used against a form of leukaemia.'),
(34, 'Se', 'Selenium', 6, 4, 16, 'p', 78.971, 4.81, 494, 958, 2.55, 'solid', NULL, 1817,
 '["glass","solar cells","pigments","food","alloys"]', 'grey, red or black',
 'Conducts electricity better when light shines on it, the principle of early photocopiers. A trace is essential to life; more is toxic.'),
(35, 'Br', 'Bromine', 6, 4, 17, 'p', 79.904, 3.1028, 265.8, 332.0, 2.96, 'liquid', NULL, 1826,
 '["flame retardants","drilling fluids","medicine","water treatment"]', 'red-brown',
 'The only nonmetal that is liquid at room temperature, giving off a heavy brown vapour with a sharp smell. It is extracted from brine.'),
(36, 'Kr', 'Krypton', 7, 4, 18, 'p', 83.798, 0.003749, 115.78, 119.93, 3.00, 'gas', '1898-05-30', 1898,
 '["lighting","lasers","insulated windows"]', 'colourless',
 'A rare gas left over after boiling away liquid air. From 1960 to 1983 an orange line in its spectrum defined the metre.');

-- Period 5 ------------------------------------------------------------------
INSERT INTO elements VALUES
(37, 'Rb', 'Rubidium', 1, 5, 1, 's', 85.468, 1.532, 312.45, 961, 0.82, 'solid', NULL, 1861,
 '["atomic clocks","research","glass","medical imaging"]', 'silvery white',
 'A soft metal that ignites in air, named for two deep red lines in its spectrum. Its vapour keeps time in compact atomic clocks.'),
(38, 'Sr', 'Strontium', 2, 5, 2, 's', 87.62, 2.64, 1050, 1650, 0.95, 'solid', NULL, 1790,
 '["fireworks","magnets","medicine","atomic clocks"]', 'silvery white, pale yellow tint',
 'Named after the Scottish village of Strontian, it burns crimson in fireworks and flares. Optical clocks built on it lose less than a second in the age of the universe.'),
(39, 'Y', 'Yttrium', 3, 5, 3, 'd', 88.906, 4.472, 1799, 3203, 1.22, 'solid', NULL, 1794,
 '["lighting","lasers","ceramics","superconductors","medicine"]', 'silvery white',
 'The first rare earth to be recognised, in a black mineral from the quarry at Ytterby in Sweden. Three other elements are named after the same village.'),
(40, 'Zr', 'Zirconium', 3, 5, 4, 'd', 91.224, 6.52, 2128, 4650, 1.33, 'solid', NULL, 1789,
 '["nuclear power","ceramics","implants","jewellery"]', 'silvery white',
 'Barely absorbs neutrons and shrugs off hot water, so it clads the fuel rods of most reactors. Its oxide is a common diamond substitute.'),
(41, 'Nb', 'Niobium', 3, 5, 5, 'd', 92.906, 8.57, 2750, 5017, 1.6, 'solid', NULL, 1801,
 '["steelmaking","superconductors","alloys","jewellery"]', 'grey, bluish when oxidised',
 'Once called columbium, it hardens pipeline steel and winds the superconducting magnets of hospital scanners.'),
(42, 'Mo', 'Molybdenum', 3, 5, 6, 'd', 95.95, 10.28, 2896, 4912, 2.16, 'solid', NULL, 1778,
 '["steelmaking","catalysts","lubricants","alloys"]', 'grey',
 'A high-melting metal that keeps steel strong when hot. Bacteria use it to pull nitrogen out of the air.'),
(43, 'Tc', 'Technetium', 3, 5, 7, 'd', 97, 11, 2430, 4538, 1.9, 'solid', NULL, 1937,
 '["medical imaging","research"]', 'shiny grey',
 'The lightest element with no stable isotope, and the first to be produced artificially. A short-lived excited form of technetium-99 is the workhorse of nuclear medicine.'),
(44, 'Ru', 'Ruthenium', 3, 5, 8, 'd', 101.07, 12.45, 2607, 4423, 2.2, 'solid', NULL, 1844,
 '["electronics","catalysts","alloys","solar cells"]', 'silvery white',
 'A rare platinum metal named after Russia. It hardens platinum and palladium and coats the plates of hard disks.'),
(45, 'Rh', 'Rhodium', 3, 5, 9, 'd', 102.91, 12.41, 2237, 3968, 2.28, 'solid', NULL, 1804,
 '["catalytic converters","plating","jewellery","catalysts"]', 'silvery white',
 'One of the rarest and most expensive metals. Nearly all of it is used to clean up car exhaust.'),
(46, 'Pd', 'Palladium', 3, 5, 10, 'd', 106.42, 12.023, 1828.05, 3236, 2.20, 'solid', NULL, 1802,
 '["catalytic converters","electronics","jewellery","catalysts","dentistry"]', 'silvery white',
 'A precious metal that can soak up hundreds of times its own volume of hydrogen. It was first offered for sale anonymously in a London shop.'),
(47, 'Ag', 'Silver', 3, 5, 11, 'd', 107.87, 10.49, 1234.93, 2435, 1.93, 'solid', NULL, -5000,
 '["jewellery","electronics","solar cells","coins","mirrors"]', 'silver',
 'The best conductor of heat and electricity of any metal, and the most reflective. It has served as money for thousands of years.'),
(48, 'Cd', 'Cadmium', 3, 5, 12, 'd', 112.41, 8.65, 594.22, 1040, 1.69, 'solid', NULL, 1817,
 '["batteries","pigments","plating","solar cells","neutron absorbers"]', 'silvery bluish-grey',
 'A soft and toxic by-product of zinc smelting. Its sulfide and selenide give painters brilliant yellows and reds.'),
(49, 'In', 'Indium', 4, 5, 13, 'p', 114.82, 7.31, 429.75, 2345, 1.78, 'solid', NULL, 1863,
 '["displays","solders","semiconductors","solar cells"]', 'silvery grey',
 'A metal so soft it marks paper, named for the indigo line in its spectrum. With tin and oxygen it forms the transparent wiring of touch screens.'),
(50, 'Sn', 'Tin', 4, 5, 14, 'p', 118.71, 7.289, 505.08, 2875, 1.96, 'solid', NULL, -3500,
 '["solders","plating","alloys","glass"]', 'silvery white',
 'Alloyed with copper it makes bronze, and it lines steel cans. It has ten stable isotopes, more than any other element.'),
(51, 'Sb', 'Antimony', 5, 5, 15, 'p', 121.76, 6.697, 903.78, 1908, 2.05, 'solid', NULL, NULL,
 '["flame retardants","alloys","batteries","semiconductors"]', 'silvery lustrous grey',
 'Its black sulfide was the eye make-up of ancient Egypt. Today it hardens lead and helps make plastics slow to burn.'),
(52, 'Te', 'Tellurium', 5, 5, 16, 'p', 127.60, 6.24, 722.66, 1261, 2.1, 'solid', NULL, 1782,
 '["solar cells","alloys","thermoelectrics","rubber"]', 'silvery lustrous grey',
 'As rare in the crust as platinum, and one of the few elements found combined with gold. Thin-film solar panels are its largest use.'),
(53, 'I', 'Iodine', 6, 5, 17, 'p', 126.90, 4.933, 386.85, 457.4, 2.66, 'solid', NULL, 1811,
 '["medicine","medical imaging","food","displays"]', 'lustrous grey-black, violet vapour',
 'Dark crystals that give off a violet vapour, first seen in the ashes of seaweed. The thyroid gland needs it, so it is added to table salt.'),
(54, 'Xe', 'Xenon', 7, 5, 18, 'p', 131.29, 0.005894, 161.40, 165.051, 2.60, 'gas', '1898-07-12', 1898,
 '["lighting","spacecraft propulsion","medicine","lasers"]', 'colourless',
 'A heavy, rare gas and the first noble gas made to form a compound, in 1962. It powers flash lamps and ion engines.');

-- Period 6: main body and lanthanides ---------------------------------------
INSERT INTO elements VALUES
(55, 'Cs', 'Caesium', 1, 6, 1, 's', 132.91, 1.93, 301.7, 944, 0.79, 'solid', '1860-05-10', 1860,
 '["atomic clocks","drilling fluids","research","radiation sources"]', 'pale gold',
 'The first element found with a spectroscope, a golden metal that melts on a hot day and explodes in water. The second is defined by a frequency of its atoms.'),
(56, 'Ba', 'Barium', 2, 6, 2, 's', 137.33, 3.51, 1000, 2118, 0.89, 'solid', NULL, 1808,
 '["drilling fluids","medical imaging","fireworks","glass"]', 'silvery grey, pale yellow tint',
 'A heavy reactive metal that colours flames green. Its insoluble sulfate is swallowed to make the gut visible in X-rays.'),
(57, 'La', 'Lanthanum', 8, 6, NULL, 'f', 138.91, 6.162, 1193, 3737, 1.10, 'solid', NULL, 1839,
 '["batteries","catalysts","camera lenses","lighting"]', 'silvery white',
 'The rare earth that gives the lanthanides their name, from a Greek word for lying hidden. Hybrid car batteries hold several kilograms of it.'),
(58, 'Ce', 'Cerium', 8, 6, NULL, 'f', 140.12, 6.770, 1068, 3716, 1.12, 'solid', NULL, 1803,
 '["catalytic converters","glass polishing","lighter flints","alloys"]', 'silvery white',
 'The most abundant rare earth, about as common as copper. Scraped fragments of it catch fire, which is how lighter flints spark.'),
(59, 'Pr', 'Praseodymium', 8, 6, NULL, 'f', 140.91, 6.77, 1208, 3403, 1.13, 'solid', NULL, 1885,
 '["magnets","glass","alloys","aerospace"]', 'greyish white',
 'A rare earth whose name means green twin, after the colour of its salts. Split from didymium together with neodymium.'),
(60, 'Nd', 'Neodymium', 8, 6, NULL, 'f', 144.24, 7.01, 1297, 3347, 1.14, 'solid', NULL, 1885,
 '["magnets","lasers","glass"]', 'silvery white',
 'A rare earth best known for the strongest permanent magnets, found in headphones, electric motors and wind turbines.'),
(61, 'Pm', 'Promethium', 8, 6, NULL, 'f', 145, 7.26, 1315, 3273, NULL, 'solid', NULL, 1945,
 '["luminous paint","nuclear batteries","research"]', 'metallic',
 'The only radioactive rare earth metal, with just a few hundred grams naturally present in the crust of the Earth at any time. It was found among the products of uranium fission.'),
(62, 'Sm', 'Samarium', 8, 6, NULL, 'f', 150.36, 7.52, 1345, 2173, 1.17, 'solid', NULL, 1879,
 '["magnets","medicine","neutron absorbers","lasers"]', 'silvery white',
 'A rare earth named after a mineral that was itself named after a Russian mining official. Its magnets with cobalt stay strong at high temperature.'),
(63, 'Eu', 'Europium', 8, 6, NULL, 'f', 151.96, 5.264, 1099, 1802, NULL, 'solid', NULL, 1901,
 '["displays","lighting","banknote security"]', 'silvery white',
 'The softest and most reactive of the rare earth metals. Its compounds glow red or blue in lamps, screens and the anti-forgery marks of euro notes.'),
(64, 'Gd', 'Gadolinium', 8, 6, NULL, 'f', 157.25, 7.90, 1585, 3273, 1.20, 'solid', NULL, 1880,
 '["medical imaging","neutron absorbers","magnets","alloys"]', 'silvery white',
 'A rare earth metal that loses its ferromagnetism just around room temperature. It sharpens MRI scans and absorbs neutrons better than any other stable element.'),
(65, 'Tb', 'Terbium', 8, 6, NULL, 'f', 158.93, 8.23, 1629, 3396, NULL, 'solid', NULL, 1843,
 '["lighting","magnets","displays","sensors"]', 'silvery white',
 'One of four elements named after Ytterby. Its phosphors shine green, and an alloy of this rare earth changes shape in a magnetic field.'),
(66, 'Dy', 'Dysprosium', 8, 6, NULL, 'f', 162.50, 8.54, 1680, 2840, 1.22, 'solid', NULL, 1886,
 '["magnets","lighting","nuclear power","lasers"]', 'silvery white',
 'A rare earth whose name means hard to get. It keeps the magnets of electric cars working when they run hot.'),
(67, 'Ho', 'Holmium', 8, 6, NULL, 'f', 164.93, 8.79, 1734, 2873, 1.23, 'solid', NULL, 1878,
 '["lasers","magnets","nuclear power","research"]', 'silvery white',
 'Named after Stockholm, this rare earth has the largest magnetic moment of any natural element. Its lasers are used in surgery.'),
(68, 'Er', 'Erbium', 8, 6, NULL, 'f', 167.26, 9.066, 1802, 3141, 1.24, 'solid', NULL, 1843,
 '["fibre optics","lasers","glass"]', 'silvery white',
 'A rare earth with rose-pink salts. Light amplifiers built with it keep signals strong in undersea cables.'),
(69, 'Tm', 'Thulium', 8, 6, NULL, 'f', 168.93, 9.32, 1818, 2223, 1.25, 'solid', NULL, 1879,
 '["lasers","radiation sources","research"]', 'silvery grey',
 'The rarest of the stable lanthanides, though still more common than gold. It powers compact lasers and portable X-ray sources.'),
(70, 'Yb', 'Ytterbium', 8, 6, NULL, 'f', 173.05, 6.90, 1097, 1469, NULL, 'solid', NULL, 1878,
 '["lasers","atomic clocks","alloys","research"]', 'silvery white, pale yellow tint',
 'A soft rare earth metal, the last of the four named after Ytterby. Clocks built on its atoms are among the most precise ever made.'),
(71, 'Lu', 'Lutetium', 8, 6, 3, 'd', 174.97, 9.841, 1925, 3675, 1.27, 'solid', NULL, 1907,
 '["medical imaging","medicine","catalysts"]', 'silvery white',
 'The densest and hardest lanthanide, named after the Latin word for Paris. Crystals of this rare earth detect gamma rays in PET scanners.'),
(72, 'Hf', 'Hafnium', 3, 6, 4, 'd', 178.49, 13.31, 2506, 4876, 1.3, 'solid', NULL, 1923,
 '["nuclear power","semiconductors","alloys"]', 'steel grey',
 'So like zirconium that it hid in zirconium ores until X-ray spectroscopy gave it away. It is named after the Latin word for Copenhagen.'),
(73, 'Ta', 'Tantalum', 3, 6, 5, 'd', 180.95, 16.69, 3290, 5731, 1.5, 'solid', NULL, 1802,
 '["electronics","implants","alloys","chemical equipment"]', 'grey-blue',
 'A dense metal that acids and body fluids leave untouched. Tiny capacitors made of it are found in every phone.'),
(74, 'W', 'Tungsten', 3, 6, 6, 'd', 183.84, 19.25, 3695, 6203, 2.36, 'solid', NULL, 1783,
 '["cutting tools","alloys","lighting","radiation shielding"]', 'greyish white, lustrous',
 'The metal with the highest melting point. Its symbol comes from wolfram, and its carbide tips drills and ballpoint pens.'),
(75, 'Re', 'Rhenium', 3, 6, 7, 'd', 186.21, 21.02, 3459, 5903, 1.9, 'solid', NULL, 1925,
 '["aerospace","alloys","catalysts"]', 'silvery grey',
 'One of the rarest elements in the crust and the last stable one to be isolated. It lets jet engine blades survive great heat.'),
(76, 'Os', 'Osmium', 3, 6, 8, 'd', 190.23, 22.59, 3306, 5285, 2.2, 'solid', NULL, 1803,
 '["alloys","microscopy","pen nibs","catalysts"]', 'silvery, blue tinge',
 'The densest element that occurs naturally, a hair ahead of iridium. Its volatile oxide is poisonous and smells of chlorine.'),
(77, 'Ir', 'Iridium', 3, 6, 9, 'd', 192.22, 22.56, 2719, 4403, 2.20, 'solid', NULL, 1803,
 '["spark plugs","crucibles","displays","catalysts","radiation sources"]', 'silvery white',
 'The most corrosion-resistant metal. A thin layer of rock enriched in it marks the asteroid impact that ended the age of the dinosaurs.'),
(78, 'Pt', 'Platinum', 3, 6, 10, 'd', 195.08, 21.45, 2041.4, 4098, 2.28, 'solid', NULL, 1748,
 '["catalytic converters","jewellery","medicine","catalysts","laboratory equipment"]', 'silvery white',
 'A rare and precious metal that Spanish miners in South America once threw away as inferior silver. It is an outstanding catalyst.'),
(79, 'Au', 'Gold', 3, 6, 11, 'd', 196.97, 19.30, 1337.33, 3243, 2.54, 'solid', NULL, -6000,
 '["jewellery","investment","electronics","dentistry","coins"]', 'metallic yellow',
 'A soft yellow metal that never tarnishes, treasured in every civilisation. One gram can be beaten into a sheet of about one square metre.'),
(80, 'Hg', 'Mercury', 3, 6, 12, 'd', 200.59, 13.534, 234.321, 629.88, 2.00, 'liquid', NULL, -1500,
 '["lighting","thermometers","gold mining","dentistry"]', 'silvery',
 'The only metal that is liquid at room temperature. It is a cumulative poison, and an international treaty is phasing out its use.'),
(81, 'Tl', 'Thallium', 4, 6, 13, 'p', 204.38, 11.85, 577, 1746, 1.62, 'solid', '1861-03-30', 1861,
 '["infrared optics","medical imaging","electronics"]', 'silvery white',
 'A soft, highly toxic metal named for the bright green line in its spectrum. Its salts were long used as rat poison.'),
(82, 'Pb', 'Lead', 4, 6, 14, 'p', 207.2, 11.34, 600.61, 2022, 2.33, 'solid', NULL, -7000,
 '["batteries","radiation shielding","ammunition","construction"]', 'metallic grey, bluish when fresh',
 'Heavy, soft and easily cast, it carried the water of Rome and gave plumbing its name. It is the stable end point of the three natural decay chains.'),
(83, 'Bi', 'Bismuth', 4, 6, 15, 'p', 208.98, 9.78, 544.7, 1837, 2.02, 'solid', NULL, 1753,
 '["medicine","solders","cosmetics","alloys"]', 'silvery white, pink tinge',
 'Known for iridescent stepped crystals and a low toxicity unusual among heavy metals. In 2003 it was shown to be very slightly radioactive.'),
(84, 'Po', 'Polonium', 4, 6, 16, 'p', 209, 9.196, 527, 1235, 2.0, 'solid', '1898-07-18', 1898,
 '["static eliminators","neutron sources","research"]', 'silvery',
 'A fiercely radioactive and rare metal found in uranium ore and named after Poland. A speck of it stays hot from its own decay.'),
(85, 'At', 'Astatine', 5, 6, 17, 'p', 210, NULL, NULL, NULL, 2.2, 'solid', NULL, 1940,
 '["medicine","research"]', NULL,
 'The rarest naturally occurring element: less than a gram exists in the crust of the Earth at any moment. Nobody has ever seen a visible piece of it.'),
(86, 'Rn', 'Radon', 7, 6, 18, 'p', 222, 0.00973, 202, 211.5, NULL, 'gas', NULL, 1899,
 '["earthquake research","hydrology","medicine"]', 'colourless',
 'A dense radioactive gas that seeps out of granite and collects in cellars. It is the largest natural source of radiation exposure for most people.');

-- Period 7: main body and actinides -----------------------------------------
-- From astatine on, values that were only predicted are NULL.
INSERT INTO elements VALUES
(87, 'Fr', 'Francium', 1, 7, 1, 's', 223, NULL, NULL, NULL, 0.7, 'solid', '1939-01-07', 1939,
 '["research"]', NULL,
 'A very rare and unstable alkali metal, the last element first discovered in nature rather than in an accelerator or reactor. Its longest-lived isotope lasts 22 minutes.'),
(88, 'Ra', 'Radium', 2, 7, 2, 's', 226, 5.5, 973, 2010, 0.9, 'solid', '1898-12-21', 1898,
 '["medicine","radiation sources","luminous paint"]', 'silvery white',
 'Separated from tonnes of pitchblende in years of labour. Its glow lit watch dials until the harm to the painters became known.'),
(89, 'Ac', 'Actinium', 9, 7, NULL, 'f', 227, 10.07, 1323, 3471, 1.1, 'solid', NULL, 1899,
 '["medicine","neutron sources","research"]', 'silvery white',
 'The first of the actinides, so radioactive that it glows pale blue in the dark. One of its isotopes is being tested against cancer.'),
(90, 'Th', 'Thorium', 9, 7, NULL, 'f', 232.04, 11.7, 2023, 5061, 1.3, 'solid', NULL, 1829,
 '["gas mantles","nuclear power","alloys","camera lenses"]', 'silvery',
 'A weakly radioactive metal about three times as common as uranium and named after the god Thor. It can be bred into reactor fuel.'),
(91, 'Pa', 'Protactinium', 9, 7, NULL, 'f', 231.04, 15.37, 1841, NULL, 1.5, 'solid', NULL, 1913,
 '["research","ocean dating"]', 'silvery',
 'A rare and toxic metal whose name means parent of actinium. Its share in sea sediments helps trace past ocean currents.'),
(92, 'U', 'Uranium', 9, 7, NULL, 'f', 238.03, 19.1, 1405.3, 4404, 1.38, 'solid', '1789-09-24', 1789,
 '["nuclear power","nuclear weapons","radiation shielding","rock dating"]', 'silvery grey',
 'The heaviest element found in nature in quantity. One of its isotopes sustains a chain reaction, and its slow decay dates the oldest rocks.'),
(93, 'Np', 'Neptunium', 9, 7, NULL, 'f', 237, 20.45, 912, 4175, 1.36, 'solid', NULL, 1940,
 '["research","plutonium production"]', 'silvery',
 'The first element beyond uranium to be made, named for the next planet out. It builds up in spent reactor fuel.'),
(94, 'Pu', 'Plutonium', 9, 7, NULL, 'f', 244, 19.816, 912.5, 3501, 1.28, 'solid', '1941-02-23', 1941,
 '["nuclear weapons","nuclear power","nuclear batteries"]', 'silvery white',
 'A metal with six crystal forms at ordinary pressure, used in bombs and reactors. One isotope has powered space probes to the edge of the solar system.'),
(95, 'Am', 'Americium', 9, 7, NULL, 'f', 243, 12, 1449, 2880, 1.13, 'solid', NULL, 1944,
 '["smoke detectors","radiation sources","research"]', 'silvery white',
 'The only synthetic element found in many homes, as a speck inside smoke detectors. Its discovery was first revealed on a children''s radio quiz.'),
(96, 'Cm', 'Curium', 9, 7, NULL, 'f', 247, 13.51, 1613, 3383, 1.28, 'solid', NULL, 1944,
 '["spacecraft instruments","radiation sources","research"]', 'silvery, glows purple in the dark',
 'Named after Marie and Pierre Curie. Instruments on Mars rovers use it as an alpha source to analyse rocks.'),
(97, 'Bk', 'Berkelium', 9, 7, NULL, 'f', 247, 14.78, 1259, NULL, 1.3, 'solid', '1949-12-19', 1949,
 '["research"]', 'silvery',
 'Made in Berkeley by bombarding americium, and available only in milligrams. A target of it was used to create tennessine.'),
(98, 'Cf', 'Californium', 9, 7, NULL, 'f', 251, 15.1, 1173, NULL, 1.3, 'solid', '1950-02-09', 1950,
 '["neutron sources","reactor start-up","oil prospecting"]', 'silvery',
 'The heaviest element with practical uses outside the laboratory: a microgram of its isotope 252 gives off over two million neutrons a second.'),
(99, 'Es', 'Einsteinium', 9, 7, NULL, 'f', 252, 8.84, 1133, NULL, 1.3, 'solid', NULL, 1952,
 '["research"]', 'silvery, glows blue in the dark',
 'Found in the debris of the first hydrogen bomb test and kept secret for years. Its radiation quickly wrecks its own crystals.'),
(100, 'Fm', 'Fermium', 9, 7, NULL, 'f', 257, NULL, NULL, NULL, 1.3, 'unknown', NULL, 1953,
 '["research"]', NULL,
 'Also discovered in hydrogen bomb fallout, and the heaviest element that neutron capture can make. Only tiny samples have existed.'),
(101, 'Md', 'Mendelevium', 9, 7, NULL, 'f', 258, NULL, NULL, NULL, 1.3, 'unknown', '1955-02-19', 1955,
 '["research"]', NULL,
 'The first element to be made one atom at a time, honouring the author of the periodic table. Seventeen atoms were enough to prove it.'),
(102, 'No', 'Nobelium', 9, 7, NULL, 'f', 259, NULL, NULL, NULL, 1.3, 'unknown', NULL, 1966,
 '["research"]', NULL,
 'The subject of rival claims from Sweden, the Soviet Union and the United States. In water it prefers the charge +2, unlike most actinides.'),
(103, 'Lr', 'Lawrencium', 9, 7, 3, 'd', 262, NULL, NULL, NULL, 1.3, 'unknown', '1961-02-14', 1961,
 '["research"]', NULL,
 'The last actinide, named after the inventor of the cyclotron. Its outermost electron is held unexpectedly loosely.');

-- Period 7: superheavy elements ---------------------------------------------
-- Known from a few atoms each; bulk properties have never been measured.
INSERT INTO elements VALUES
(104, 'Rf', 'Rutherfordium', 3, 7, 4, 'd', 267, NULL, NULL, NULL, NULL, 'unknown', NULL, 1969,
 '["research"]', NULL,
 'The first element past the actinides, claimed by both Dubna and Berkeley. Its chemistry resembles that of hafnium.'),
(105, 'Db', 'Dubnium', 3, 7, 5, 'd', 268, NULL, NULL, NULL, NULL, 'unknown', NULL, 1970,
 '["research"]', NULL,
 'Named after the Russian research town of Dubna after a long dispute over credit. Its longest-lived isotope survives for many hours.'),
(106, 'Sg', 'Seaborgium', 3, 7, 6, 'd', 269, NULL, NULL, NULL, NULL, 'unknown', NULL, 1974,
 '["research"]', NULL,
 'Named after Glenn Seaborg while he was still alive, a rare honour. A handful of its molecules have been studied.'),
(107, 'Bh', 'Bohrium', 3, 7, 7, 'd', 270, NULL, NULL, NULL, NULL, 'unknown', NULL, 1981,
 '["research"]', NULL,
 'Made in Darmstadt by fusing bismuth with chromium nuclei. It is named in honour of Niels Bohr.'),
(108, 'Hs', 'Hassium', 3, 7, 8, 'd', 269, NULL, NULL, NULL, NULL, 'unknown', '1984-03-14', 1984,
 '["research"]', NULL,
 'Takes its name from the German state of Hesse. Like osmium above it, it forms a volatile oxide with four oxygen atoms.'),
(109, 'Mt', 'Meitnerium', 10, 7, 9, 'd', 278, NULL, NULL, NULL, NULL, 'unknown', '1982-08-29', 1982,
 '["research"]', NULL,
 'Proved by a single atom, and named after Lise Meitner, who helped explain nuclear fission. No chemistry experiment on it has succeeded yet.'),
(110, 'Ds', 'Darmstadtium', 10, 7, 10, 'd', 281, NULL, NULL, NULL, NULL, 'unknown', '1994-11-09', 1994,
 '["research"]', NULL,
 'Created by firing nickel at lead and named after the city of its discovery. Theory places it among the relatives of platinum.'),
(111, 'Rg', 'Roentgenium', 10, 7, 11, 'd', 282, NULL, NULL, NULL, NULL, 'unknown', '1994-12-08', 1994,
 '["research"]', NULL,
 'A heavy relative of gold, named after the discoverer of X-rays. Three atoms were seen in the first experiment.'),
(112, 'Cn', 'Copernicium', 3, 7, 12, 'd', 285, NULL, NULL, NULL, NULL, 'unknown', '1996-02-09', 1996,
 '["research"]', NULL,
 'Named after Nicolaus Copernicus. Tests with single atoms show that it sticks to gold only weakly and is very volatile.'),
(113, 'Nh', 'Nihonium', 10, 7, 13, 'p', 286, NULL, NULL, NULL, NULL, 'unknown', '2004-07-23', 2004,
 '["research"]', NULL,
 'The first element discovered in Asia; its name is a word for Japan. Nine years of bombardment yielded three atoms.'),
(114, 'Fl', 'Flerovium', 10, 7, 14, 'p', 289, NULL, NULL, NULL, NULL, 'unknown', NULL, 1999,
 '["research"]', NULL,
 'Lies near the predicted island of stability, where superheavy nuclei live longer. It is named after the laboratory founded by Georgy Flerov.'),
(115, 'Mc', 'Moscovium', 10, 7, 15, 'p', 290, NULL, NULL, NULL, NULL, 'unknown', NULL, 2003,
 '["research"]', NULL,
 'Produced from americium and calcium nuclei, and named after the Moscow region. It decays to nihonium within a second.'),
(116, 'Lv', 'Livermorium', 10, 7, 16, 'p', 293, NULL, NULL, NULL, NULL, 'unknown', '2000-07-19', 2000,
 '["research"]', NULL,
 'A joint Russian and American discovery, named after the Livermore laboratory in California. Its atoms last some hundredths of a second.'),
(117, 'Ts', 'Tennessine', 10, 7, 17, 'p', 294, NULL, NULL, NULL, NULL, 'unknown', NULL, 2010,
 '["research"]', NULL,
 'Required a berkelium target made in Tennessee and flown to Russia before it could decay. It sits in the halogen column but may not behave like one.'),
(118, 'Og', 'Oganesson', 10, 7, 18, 'p', 294, NULL, NULL, NULL, NULL, 'unknown', NULL, 2002,
 '["research"]', NULL,
 'The heaviest known element, named after the physicist Yuri Oganessian. Despite its place under the noble gases it is predicted to be a solid.');

------------------------------------------------------------------------------
-- 4. Discoverers
--
-- Dates are given only where they are known to the day.
------------------------------------------------------------------------------

-- Before 1700
INSERT INTO discoverers (id, name, born, died, country, wikipedia) VALUES
(1, 'Albertus Magnus', NULL, '1280-11-15', 'Germany', 'https://en.wikipedia.org/wiki/Albertus_Magnus'),
(2, 'Hennig Brand', NULL, NULL, 'Germany', 'https://en.wikipedia.org/wiki/Hennig_Brand');

-- 18th century
INSERT INTO discoverers (id, name, born, died, country, wikipedia) VALUES
(3, 'Georg Brandt', '1694-06-26', '1768-04-29', 'Sweden', 'https://en.wikipedia.org/wiki/Georg_Brandt'),
(4, 'Antonio de Ulloa', '1716-01-12', '1795-07-03', 'Spain', 'https://en.wikipedia.org/wiki/Antonio_de_Ulloa'),
(5, 'Andreas Sigismund Marggraf', '1709-03-03', '1782-08-07', 'Germany', 'https://en.wikipedia.org/wiki/Andreas_Sigismund_Marggraf'),
(6, 'Axel Fredrik Cronstedt', '1722-12-23', '1765-08-19', 'Sweden', 'https://en.wikipedia.org/wiki/Axel_Fredrik_Cronstedt'),
(7, 'Claude François Geoffroy', NULL, NULL, 'France', 'https://en.wikipedia.org/wiki/Claude_Fran%C3%A7ois_Geoffroy'),
(8, 'Joseph Black', '1728-04-16', '1799-12-06', 'United Kingdom', 'https://en.wikipedia.org/wiki/Joseph_Black'),
(9, 'Henry Cavendish', '1731-10-10', '1810-02-24', 'United Kingdom', 'https://en.wikipedia.org/wiki/Henry_Cavendish'),
(10, 'Daniel Rutherford', '1749-11-03', '1819-11-15', 'United Kingdom', 'https://en.wikipedia.org/wiki/Daniel_Rutherford'),
(11, 'Carl Wilhelm Scheele', '1742-12-09', '1786-05-21', 'Sweden', 'https://en.wikipedia.org/wiki/Carl_Wilhelm_Scheele'),
(12, 'Joseph Priestley', '1733-03-24', '1804-02-06', 'United Kingdom', 'https://en.wikipedia.org/wiki/Joseph_Priestley'),
(13, 'Johan Gottlieb Gahn', '1745-08-19', '1818-12-08', 'Sweden', 'https://en.wikipedia.org/wiki/Johan_Gottlieb_Gahn'),
(14, 'Franz-Joseph Müller von Reichenstein', NULL, NULL, 'Romania', 'https://en.wikipedia.org/wiki/Franz-Joseph_M%C3%BCller_von_Reichenstein'),
(15, 'Peter Jacob Hjelm', '1746-10-02', '1813-10-07', 'Sweden', 'https://en.wikipedia.org/wiki/Peter_Jacob_Hjelm'),
(16, 'Juan José Elhuyar', '1754-06-15', '1796-09-20', 'Spain', 'https://en.wikipedia.org/wiki/Juan_Jos%C3%A9_Elhuyar'),
(17, 'Fausto Elhuyar', '1755-10-11', '1833-02-06', 'Spain', 'https://en.wikipedia.org/wiki/Fausto_Elhuyar'),
(18, 'Martin Heinrich Klaproth', '1743-12-01', '1817-01-01', 'Germany', 'https://en.wikipedia.org/wiki/Martin_Heinrich_Klaproth'),
(19, 'Adair Crawford', NULL, '1795-07-29', 'United Kingdom', 'https://en.wikipedia.org/wiki/Adair_Crawford'),
(20, 'William Gregor', '1761-12-25', '1817-06-11', 'United Kingdom', 'https://en.wikipedia.org/wiki/William_Gregor'),
(21, 'Johan Gadolin', '1760-06-05', '1852-08-15', 'Finland', 'https://en.wikipedia.org/wiki/Johan_Gadolin'),
(22, 'Louis Nicolas Vauquelin', '1763-05-16', '1829-11-14', 'France', 'https://en.wikipedia.org/wiki/Louis_Nicolas_Vauquelin');

-- 19th century, first half
INSERT INTO discoverers (id, name, born, died, country, wikipedia) VALUES
(23, 'Andrés Manuel del Río', '1764-11-10', '1849-03-23', 'Mexico', 'https://en.wikipedia.org/wiki/Andr%C3%A9s_Manuel_del_R%C3%ADo'),
(24, 'Charles Hatchett', '1765-01-02', '1847-03-10', 'United Kingdom', 'https://en.wikipedia.org/wiki/Charles_Hatchett'),
(25, 'Anders Gustaf Ekeberg', '1767-01-16', '1813-02-11', 'Sweden', 'https://en.wikipedia.org/wiki/Anders_Gustaf_Ekeberg'),
(26, 'William Hyde Wollaston', '1766-08-06', '1828-12-22', 'United Kingdom', 'https://en.wikipedia.org/wiki/William_Hyde_Wollaston'),
(27, 'Smithson Tennant', '1761-11-30', '1815-02-22', 'United Kingdom', 'https://en.wikipedia.org/wiki/Smithson_Tennant'),
(28, 'Jöns Jacob Berzelius', '1779-08-20', '1848-08-07', 'Sweden', 'https://en.wikipedia.org/wiki/J%C3%B6ns_Jacob_Berzelius'),
(29, 'Wilhelm Hisinger', '1766-12-23', '1852-06-28', 'Sweden', 'https://en.wikipedia.org/wiki/Wilhelm_Hisinger'),
(30, 'Humphry Davy', '1778-12-17', '1829-05-29', 'United Kingdom', 'https://en.wikipedia.org/wiki/Humphry_Davy'),
(31, 'Joseph Louis Gay-Lussac', '1778-12-06', '1850-05-09', 'France', 'https://en.wikipedia.org/wiki/Joseph_Louis_Gay-Lussac'),
(32, 'Louis Jacques Thénard', '1777-05-04', '1857-06-21', 'France', 'https://en.wikipedia.org/wiki/Louis_Jacques_Th%C3%A9nard'),
(33, 'Bernard Courtois', '1777-02-08', '1838-09-27', 'France', 'https://en.wikipedia.org/wiki/Bernard_Courtois'),
(34, 'Johan August Arfwedson', '1792-01-12', '1841-10-28', 'Sweden', 'https://en.wikipedia.org/wiki/Johan_August_Arfwedson'),
(35, 'Friedrich Stromeyer', '1776-08-02', '1835-08-18', 'Germany', 'https://en.wikipedia.org/wiki/Friedrich_Stromeyer'),
(36, 'Hans Christian Ørsted', '1777-08-14', '1851-03-09', 'Denmark', 'https://en.wikipedia.org/wiki/Hans_Christian_%C3%98rsted'),
(37, 'Antoine Jérôme Balard', '1802-09-30', '1876-04-30', 'France', 'https://en.wikipedia.org/wiki/Antoine_J%C3%A9r%C3%B4me_Balard'),
(38, 'Carl Jacob Löwig', '1803-03-17', '1890-03-27', 'Germany', 'https://en.wikipedia.org/wiki/Carl_Jacob_L%C3%B6wig'),
(39, 'Carl Gustaf Mosander', '1797-09-10', '1858-10-15', 'Sweden', 'https://en.wikipedia.org/wiki/Carl_Gustaf_Mosander'),
(40, 'Karl Ernst Claus', NULL, '1864-03-24', 'Russia', 'https://en.wikipedia.org/wiki/Karl_Ernst_Claus');

-- 19th century, second half: spectroscopy, rare earths, noble gases
INSERT INTO discoverers (id, name, born, died, country, wikipedia) VALUES
(41, 'Robert Bunsen', '1811-03-30', '1899-08-16', 'Germany', 'https://en.wikipedia.org/wiki/Robert_Bunsen'),
(42, 'Gustav Kirchhoff', '1824-03-12', '1887-10-17', 'Germany', 'https://en.wikipedia.org/wiki/Gustav_Kirchhoff'),
(43, 'William Crookes', '1832-06-17', '1919-04-04', 'United Kingdom', 'https://en.wikipedia.org/wiki/William_Crookes'),
(44, 'Claude-Auguste Lamy', NULL, NULL, 'France', 'https://en.wikipedia.org/wiki/Claude-Auguste_Lamy'),
(45, 'Ferdinand Reich', '1799-02-19', '1882-04-27', 'Germany', 'https://en.wikipedia.org/wiki/Ferdinand_Reich'),
(46, 'Hieronymous Theodor Richter', '1824-11-21', '1898-09-25', 'Germany', 'https://en.wikipedia.org/wiki/Hieronymous_Theodor_Richter'),
(47, 'Pierre Janssen', '1824-02-22', '1907-12-23', 'France', 'https://en.wikipedia.org/wiki/Pierre_Janssen'),
(48, 'Norman Lockyer', '1836-05-17', '1920-08-16', 'United Kingdom', 'https://en.wikipedia.org/wiki/Norman_Lockyer'),
(49, 'Paul-Émile Lecoq de Boisbaudran', '1838-04-18', '1912-05-28', 'France', 'https://en.wikipedia.org/wiki/Paul-%C3%89mile_Lecoq_de_Boisbaudran'),
(50, 'Jean Charles Galissard de Marignac', '1817-04-24', '1894-04-15', 'Switzerland', 'https://en.wikipedia.org/wiki/Jean_Charles_Galissard_de_Marignac'),
(51, 'Per Teodor Cleve', '1840-02-10', '1905-06-18', 'Sweden', 'https://en.wikipedia.org/wiki/Per_Teodor_Cleve'),
(52, 'Marc Delafontaine', NULL, NULL, 'Switzerland', 'https://en.wikipedia.org/wiki/Marc_Delafontaine'),
(53, 'Jacques-Louis Soret', '1827-06-30', '1890-05-13', 'Switzerland', 'https://en.wikipedia.org/wiki/Jacques-Louis_Soret'),
(54, 'Lars Fredrik Nilson', '1840-05-27', '1899-05-14', 'Sweden', 'https://en.wikipedia.org/wiki/Lars_Fredrik_Nilson'),
(55, 'Carl Auer von Welsbach', '1858-09-01', '1929-08-04', 'Austria', 'https://en.wikipedia.org/wiki/Carl_Auer_von_Welsbach'),
(56, 'Clemens Winkler', '1838-12-26', '1904-10-08', 'Germany', 'https://en.wikipedia.org/wiki/Clemens_Winkler'),
(57, 'Henri Moissan', '1852-09-28', '1907-02-20', 'France', 'https://en.wikipedia.org/wiki/Henri_Moissan'),
(58, 'Lord Rayleigh', '1842-11-12', '1919-06-30', 'United Kingdom', 'https://en.wikipedia.org/wiki/John_William_Strutt,_3rd_Baron_Rayleigh'),
(59, 'William Ramsay', '1852-10-02', '1916-07-23', 'United Kingdom', 'https://en.wikipedia.org/wiki/William_Ramsay'),
(60, 'Morris Travers', '1872-01-24', '1961-08-25', 'United Kingdom', 'https://en.wikipedia.org/wiki/Morris_Travers');

-- Radioactivity and the last natural elements, 1898-1939
INSERT INTO discoverers (id, name, born, died, country, wikipedia) VALUES
(61, 'Marie Curie', '1867-11-07', '1934-07-04', 'France', 'https://en.wikipedia.org/wiki/Marie_Curie'),
(62, 'Pierre Curie', '1859-05-15', '1906-04-19', 'France', 'https://en.wikipedia.org/wiki/Pierre_Curie'),
(63, 'Gustave Bémont', NULL, NULL, 'France', 'https://en.wikipedia.org/wiki/Gustave_B%C3%A9mont'),
(64, 'André-Louis Debierne', '1874-07-14', '1949-08-31', 'France', 'https://en.wikipedia.org/wiki/Andr%C3%A9-Louis_Debierne'),
(65, 'Ernest Rutherford', '1871-08-30', '1937-10-19', 'Canada', 'https://en.wikipedia.org/wiki/Ernest_Rutherford'),
(66, 'Robert Bowie Owens', NULL, NULL, 'Canada', 'https://en.wikipedia.org/wiki/Robert_Bowie_Owens'),
(67, 'Friedrich Ernst Dorn', '1848-07-27', '1916-12-16', 'Germany', 'https://en.wikipedia.org/wiki/Friedrich_Ernst_Dorn'),
(68, 'Eugène-Anatole Demarçay', '1852-01-01', '1903-03-05', 'France', 'https://en.wikipedia.org/wiki/Eug%C3%A8ne-Anatole_Demar%C3%A7ay'),
(69, 'Georges Urbain', '1872-04-12', '1938-11-05', 'France', 'https://en.wikipedia.org/wiki/Georges_Urbain'),
(70, 'Charles James', '1880-04-27', '1928-12-10', 'United States', 'https://en.wikipedia.org/wiki/Charles_James_(chemist)'),
(71, 'Kasimir Fajans', '1887-05-27', '1975-05-18', 'Germany', 'https://en.wikipedia.org/wiki/Kazimierz_Fajans'),
(72, 'Oswald Helmuth Göhring', NULL, NULL, 'Germany', 'https://en.wikipedia.org/wiki/Oswald_Helmuth_G%C3%B6hring'),
(73, 'Otto Hahn', '1879-03-08', '1968-07-28', 'Germany', 'https://en.wikipedia.org/wiki/Otto_Hahn'),
(74, 'Lise Meitner', '1878-11-07', '1968-10-27', 'Germany', 'https://en.wikipedia.org/wiki/Lise_Meitner'),
(75, 'Dirk Coster', '1889-10-05', '1950-02-12', 'Denmark', 'https://en.wikipedia.org/wiki/Dirk_Coster'),
(76, 'George de Hevesy', '1885-08-01', '1966-07-05', 'Denmark', 'https://en.wikipedia.org/wiki/George_de_Hevesy'),
(77, 'Walter Noddack', '1893-08-17', '1960-12-07', 'Germany', 'https://en.wikipedia.org/wiki/Walter_Noddack'),
(78, 'Ida Noddack', '1896-02-25', '1978-09-24', 'Germany', 'https://en.wikipedia.org/wiki/Ida_Noddack'),
(79, 'Otto Berg', NULL, NULL, 'Germany', 'https://en.wikipedia.org/wiki/Otto_Berg_(scientist)'),
(80, 'Marguerite Perey', '1909-10-19', '1975-05-13', 'France', 'https://en.wikipedia.org/wiki/Marguerite_Perey');

-- Accelerators and reactors, 1937-1974
INSERT INTO discoverers (id, name, born, died, country, wikipedia) VALUES
(81, 'Carlo Perrier', '1886-07-07', '1948-05-22', 'Italy', 'https://en.wikipedia.org/wiki/Carlo_Perrier'),
(82, 'Emilio Segrè', '1905-02-01', '1989-04-22', 'Italy', 'https://en.wikipedia.org/wiki/Emilio_Segr%C3%A8'),
(83, 'Dale R. Corson', '1914-04-05', '2012-03-31', 'United States', 'https://en.wikipedia.org/wiki/Dale_R._Corson'),
(84, 'Kenneth Ross MacKenzie', NULL, NULL, 'United States', 'https://en.wikipedia.org/wiki/Kenneth_Ross_MacKenzie'),
(85, 'Edwin McMillan', '1907-09-18', '1991-09-07', 'United States', 'https://en.wikipedia.org/wiki/Edwin_McMillan'),
(86, 'Philip Abelson', '1913-04-27', '2004-08-01', 'United States', 'https://en.wikipedia.org/wiki/Philip_Abelson'),
(87, 'Glenn T. Seaborg', '1912-04-19', '1999-02-25', 'United States', 'https://en.wikipedia.org/wiki/Glenn_T._Seaborg'),
(88, 'Arthur Wahl', '1917-09-08', '2006-03-06', 'United States', 'https://en.wikipedia.org/wiki/Arthur_Wahl'),
(89, 'Joseph W. Kennedy', '1916-05-30', '1957-05-05', 'United States', 'https://en.wikipedia.org/wiki/Joseph_W._Kennedy'),
(90, 'Ralph A. James', NULL, NULL, 'United States', NULL),
(91, 'Leon O. Morgan', NULL, NULL, 'United States', NULL),
(92, 'Albert Ghiorso', '1915-07-15', '2010-12-26', 'United States', 'https://en.wikipedia.org/wiki/Albert_Ghiorso'),
(93, 'Jacob A. Marinsky', '1918-04-11', '2005-09-01', 'United States', 'https://en.wikipedia.org/wiki/Jacob_A._Marinsky'),
(94, 'Lawrence E. Glendenin', '1918-11-08', '2008-11-22', 'United States', 'https://en.wikipedia.org/wiki/Lawrence_E._Glendenin'),
(95, 'Charles D. Coryell', '1912-02-21', '1971-01-07', 'United States', 'https://en.wikipedia.org/wiki/Charles_D._Coryell'),
(96, 'Stanley G. Thompson', '1912-03-09', '1976-07-16', 'United States', 'https://en.wikipedia.org/wiki/Stanley_Gerald_Thompson'),
(97, 'Kenneth Street Jr.', NULL, NULL, 'United States', NULL),
(98, 'Gregory R. Choppin', '1927-11-09', '2015-10-21', 'United States', 'https://en.wikipedia.org/wiki/Gregory_R._Choppin'),
(99, 'Bernard G. Harvey', NULL, NULL, 'United States', NULL),
(100, 'Georgy Flerov', '1913-03-02', '1990-11-19', 'Russia', 'https://en.wikipedia.org/wiki/Georgy_Flyorov'),
(101, 'Torbjørn Sikkeland', NULL, NULL, 'United States', 'https://en.wikipedia.org/wiki/Torbj%C3%B8rn_Sikkeland'),
(102, 'Almon Larsh', NULL, NULL, 'United States', 'https://en.wikipedia.org/wiki/Almon_Larsh'),
(103, 'Robert M. Latimer', NULL, NULL, 'United States', NULL),
(104, 'James Andrew Harris', '1932-03-26', '2000-12-12', 'United States', 'https://en.wikipedia.org/wiki/James_A._Harris');

-- Superheavy elements, 1981 onwards
INSERT INTO discoverers (id, name, born, died, country, wikipedia) VALUES
(105, 'Peter Armbruster', '1931-07-25', '2024-06-26', 'Germany', 'https://en.wikipedia.org/wiki/Peter_Armbruster'),
(106, 'Gottfried Münzenberg', '1940-03-17', '2024-01-02', 'Germany', 'https://en.wikipedia.org/wiki/Gottfried_M%C3%BCnzenberg'),
(107, 'Sigurd Hofmann', '1944-02-15', '2022-06-17', 'Germany', 'https://en.wikipedia.org/wiki/Sigurd_Hofmann'),
(108, 'Kosuke Morita', '1957-01-23', NULL, 'Japan', 'https://en.wikipedia.org/wiki/K%C5%8Dsuke_Morita'),
(109, 'Yuri Oganessian', '1933-04-14', NULL, 'Russia', 'https://en.wikipedia.org/wiki/Yuri_Oganessian'),
(110, 'Kenton J. Moody', NULL, NULL, 'United States', NULL),
(111, 'Dawn Shaughnessy', NULL, NULL, 'United States', 'https://en.wikipedia.org/wiki/Dawn_Shaughnessy'),
(112, 'Joseph H. Hamilton', NULL, NULL, 'United States', NULL);

------------------------------------------------------------------------------
-- 5. Discoveries
--
-- Elements known since antiquity have no entry.
------------------------------------------------------------------------------

INSERT INTO discoveries (element, discoverer) VALUES
(1, 9),                                            -- Hydrogen: Henry Cavendish
(2, 47), (2, 48),                                  -- Helium: Pierre Janssen, Norman Lockyer
(3, 34),                                           -- Lithium: Johan August Arfwedson
(4, 22),                                           -- Beryllium: Louis Nicolas Vauquelin
(5, 30), (5, 31), (5, 32),                         -- Boron: Humphry Davy, Joseph Louis Gay-Lussac, Louis Jacques Thénard
(7, 10),                                           -- Nitrogen: Daniel Rutherford
(8, 11), (8, 12),                                  -- Oxygen: Carl Wilhelm Scheele, Joseph Priestley
(9, 57),                                           -- Fluorine: Henri Moissan
(10, 59), (10, 60),                                -- Neon: William Ramsay, Morris Travers
(11, 30),                                          -- Sodium: Humphry Davy
(12, 8),                                           -- Magnesium: Joseph Black
(13, 36),                                          -- Aluminium: Hans Christian Ørsted
(14, 28),                                          -- Silicon: Jöns Jacob Berzelius
(15, 2),                                           -- Phosphorus: Hennig Brand
(17, 11),                                          -- Chlorine: Carl Wilhelm Scheele
(18, 58), (18, 59),                                -- Argon: Lord Rayleigh, William Ramsay
(19, 30),                                          -- Potassium: Humphry Davy
(20, 30),                                          -- Calcium: Humphry Davy
(21, 54),                                          -- Scandium: Lars Fredrik Nilson
(22, 20),                                          -- Titanium: William Gregor
(23, 23),                                          -- Vanadium: Andrés Manuel del Río
(24, 22),                                          -- Chromium: Louis Nicolas Vauquelin
(25, 11), (25, 13),                                -- Manganese: Carl Wilhelm Scheele, Johan Gottlieb Gahn
(27, 3),                                           -- Cobalt: Georg Brandt
(28, 6),                                           -- Nickel: Axel Fredrik Cronstedt
(30, 5),                                           -- Zinc: Andreas Sigismund Marggraf
(31, 49),                                          -- Gallium: Paul-Émile Lecoq de Boisbaudran
(32, 56),                                          -- Germanium: Clemens Winkler
(33, 1),                                           -- Arsenic: Albertus Magnus
(34, 28),                                          -- Selenium: Jöns Jacob Berzelius
(35, 37), (35, 38),                                -- Bromine: Antoine Jérôme Balard, Carl Jacob Löwig
(36, 59), (36, 60),                                -- Krypton: William Ramsay, Morris Travers
(37, 41), (37, 42),                                -- Rubidium: Robert Bunsen, Gustav Kirchhoff
(38, 19),                                          -- Strontium: Adair Crawford
(39, 21),                                          -- Yttrium: Johan Gadolin
(40, 18),                                          -- Zirconium: Martin Heinrich Klaproth
(41, 24),                                          -- Niobium: Charles Hatchett
(42, 11), (42, 15),                                -- Molybdenum: Carl Wilhelm Scheele, Peter Jacob Hjelm
(43, 81), (43, 82),                                -- Technetium: Carlo Perrier, Emilio Segrè
(44, 40),                                          -- Ruthenium: Karl Ernst Claus
(45, 26),                                          -- Rhodium: William Hyde Wollaston
(46, 26),                                          -- Palladium: William Hyde Wollaston
(48, 35),                                          -- Cadmium: Friedrich Stromeyer
(49, 45), (49, 46),                                -- Indium: Ferdinand Reich, Hieronymous Theodor Richter
(52, 14),                                          -- Tellurium: Franz-Joseph Müller von Reichenstein
(53, 33),                                          -- Iodine: Bernard Courtois
(54, 59), (54, 60),                                -- Xenon: William Ramsay, Morris Travers
(55, 41), (55, 42),                                -- Caesium: Robert Bunsen, Gustav Kirchhoff
(56, 30),                                          -- Barium: Humphry Davy
(57, 39),                                          -- Lanthanum: Carl Gustaf Mosander
(58, 18), (58, 28), (58, 29),                      -- Cerium: Martin Heinrich Klaproth, Jöns Jacob Berzelius, Wilhelm Hisinger
(59, 55),                                          -- Praseodymium: Carl Auer von Welsbach
(60, 55),                                          -- Neodymium: Carl Auer von Welsbach
(61, 93), (61, 94), (61, 95),                      -- Promethium: Jacob A. Marinsky, Lawrence E. Glendenin, Charles D. Coryell
(62, 49),                                          -- Samarium: Paul-Émile Lecoq de Boisbaudran
(63, 68),                                          -- Europium: Eugène-Anatole Demarçay
(64, 50),                                          -- Gadolinium: Jean Charles Galissard de Marignac
(65, 39),                                          -- Terbium: Carl Gustaf Mosander
(66, 49),                                          -- Dysprosium: Paul-Émile Lecoq de Boisbaudran
(67, 51), (67, 52), (67, 53),                      -- Holmium: Per Teodor Cleve, Marc Delafontaine, Jacques-Louis Soret
(68, 39),                                          -- Erbium: Carl Gustaf Mosander
(69, 51),                                          -- Thulium: Per Teodor Cleve
(70, 50),                                          -- Ytterbium: Jean Charles Galissard de Marignac
(71, 55), (71, 69), (71, 70),                      -- Lutetium: Carl Auer von Welsbach, Georges Urbain, Charles James
(72, 75), (72, 76),                                -- Hafnium: Dirk Coster, George de Hevesy
(73, 25),                                          -- Tantalum: Anders Gustaf Ekeberg
(74, 16), (74, 17),                                -- Tungsten: Juan José Elhuyar, Fausto Elhuyar
(75, 77), (75, 78), (75, 79),                      -- Rhenium: Walter Noddack, Ida Noddack, Otto Berg
(76, 27),                                          -- Osmium: Smithson Tennant
(77, 27),                                          -- Iridium: Smithson Tennant
(78, 4),                                           -- Platinum: Antonio de Ulloa
(81, 43), (81, 44),                                -- Thallium: William Crookes, Claude-Auguste Lamy
(83, 7),                                           -- Bismuth: Claude François Geoffroy
(84, 61), (84, 62),                                -- Polonium: Marie Curie, Pierre Curie
(85, 82), (85, 83), (85, 84),                      -- Astatine: Emilio Segrè, Dale R. Corson, Kenneth Ross MacKenzie
(86, 65), (86, 66), (86, 67),                      -- Radon: Ernest Rutherford, Robert Bowie Owens, Friedrich Ernst Dorn
(87, 80),                                          -- Francium: Marguerite Perey
(88, 61), (88, 62), (88, 63),                      -- Radium: Marie Curie, Pierre Curie, Gustave Bémont
(89, 64),                                          -- Actinium: André-Louis Debierne
(90, 28),                                          -- Thorium: Jöns Jacob Berzelius
(91, 71), (91, 72), (91, 73), (91, 74),            -- Protactinium: Kasimir Fajans, Oswald Helmuth Göhring, Otto Hahn, Lise Meitner
(92, 18),                                          -- Uranium: Martin Heinrich Klaproth
(93, 85), (93, 86),                                -- Neptunium: Edwin McMillan, Philip Abelson
(94, 85), (94, 87), (94, 88), (94, 89),            -- Plutonium: Edwin McMillan, Glenn T. Seaborg, Arthur Wahl, Joseph W. Kennedy
(95, 87), (95, 90), (95, 91), (95, 92),            -- Americium: Glenn T. Seaborg, Ralph A. James, Leon O. Morgan, Albert Ghiorso
(96, 87), (96, 90), (96, 92),                      -- Curium: Glenn T. Seaborg, Ralph A. James, Albert Ghiorso
(97, 87), (97, 92), (97, 96),                      -- Berkelium: Glenn T. Seaborg, Albert Ghiorso, Stanley G. Thompson
(98, 87), (98, 92), (98, 96), (98, 97),            -- Californium: Glenn T. Seaborg, Albert Ghiorso, Stanley G. Thompson, Kenneth Street Jr.
(99, 87), (99, 92), (99, 96), (99, 98), (99, 99),  -- Einsteinium: Glenn T. Seaborg, Albert Ghiorso, Stanley G. Thompson, Gregory R. Choppin, Bernard G. Harvey
(100, 87), (100, 92), (100, 96), (100, 98), (100, 99), -- Fermium: Glenn T. Seaborg, Albert Ghiorso, Stanley G. Thompson, Gregory R. Choppin, Bernard G. Harvey
(101, 87), (101, 92), (101, 96), (101, 98), (101, 99), -- Mendelevium: Glenn T. Seaborg, Albert Ghiorso, Stanley G. Thompson, Gregory R. Choppin, Bernard G. Harvey
(102, 100),                                        -- Nobelium: Georgy Flerov
(103, 92), (103, 100), (103, 101), (103, 102), (103, 103), -- Lawrencium: Albert Ghiorso, Georgy Flerov, Torbjørn Sikkeland, Almon Larsh, Robert M. Latimer
(104, 92), (104, 100), (104, 104),                 -- Rutherfordium: Albert Ghiorso, Georgy Flerov, James Andrew Harris
(105, 92), (105, 100), (105, 104),                 -- Dubnium: Albert Ghiorso, Georgy Flerov, James Andrew Harris
(106, 87), (106, 92),                              -- Seaborgium: Glenn T. Seaborg, Albert Ghiorso
(107, 105), (107, 106),                            -- Bohrium: Peter Armbruster, Gottfried Münzenberg
(108, 105), (108, 106),                            -- Hassium: Peter Armbruster, Gottfried Münzenberg
(109, 105), (109, 106),                            -- Meitnerium: Peter Armbruster, Gottfried Münzenberg
(110, 105), (110, 106), (110, 107),                -- Darmstadtium: Peter Armbruster, Gottfried Münzenberg, Sigurd Hofmann
(111, 105), (111, 106), (111, 107),                -- Roentgenium: Peter Armbruster, Gottfried Münzenberg, Sigurd Hofmann
(112, 105), (112, 106), (112, 107),                -- Copernicium: Peter Armbruster, Gottfried Münzenberg, Sigurd Hofmann
(113, 108),                                        -- Nihonium: Kosuke Morita
(114, 109), (114, 110),                            -- Flerovium: Yuri Oganessian, Kenton J. Moody
(115, 109), (115, 110),                            -- Moscovium: Yuri Oganessian, Kenton J. Moody
(116, 109), (116, 110),                            -- Livermorium: Yuri Oganessian, Kenton J. Moody
(117, 109), (117, 110), (117, 111), (117, 112),    -- Tennessine: Yuri Oganessian, Kenton J. Moody, Dawn Shaughnessy, Joseph H. Hamilton
(118, 109), (118, 110);                            -- Oganesson: Yuri Oganessian, Kenton J. Moody

------------------------------------------------------------------------------
-- 6. Isotopes
--
-- Every isotope found in nature in more than traces, and a selection of
-- radioactive ones that matter in medicine, dating, energy or research.
-- No half-life means stable as far as anyone has observed. A year is taken as
-- 365.2422 days. decay_mode is the most frequent one; rarer branches are left
-- out. All values are for the ground state, except tantalum-180, whose natural
-- form is the excited state 180m.
--
-- id, element, mass_number, abundance, half_life, half_life_s, decay_mode
------------------------------------------------------------------------------

-- Period 1
INSERT INTO isotopes VALUES
-- Hydrogen
(1, 1, 1, 99.9885, NULL, NULL, NULL),
(2, 1, 2, 0.0115, NULL, NULL, NULL),
(3, 1, 3, NULL, '12.32 years', 3.888e+08, 'beta minus'),
-- Helium
(4, 2, 3, 0.000134, NULL, NULL, NULL),
(5, 2, 4, 99.999866, NULL, NULL, NULL);

-- Period 2
INSERT INTO isotopes VALUES
-- Lithium
(6, 3, 6, 7.59, NULL, NULL, NULL),
(7, 3, 7, 92.41, NULL, NULL, NULL),
-- Beryllium
(8, 4, 7, NULL, '53.22 days', 4.598e+06, 'electron capture'),
(9, 4, 9, 100, NULL, NULL, NULL),
(10, 4, 10, NULL, '1.387 million years', 4.377e+13, 'beta minus'),
-- Boron
(11, 5, 10, 19.9, NULL, NULL, NULL),
(12, 5, 11, 80.1, NULL, NULL, NULL),
-- Carbon
(13, 6, 11, NULL, '20.36 minutes', 1222.0, 'beta plus'),
(14, 6, 12, 98.93, NULL, NULL, NULL),
(15, 6, 13, 1.07, NULL, NULL, NULL),
(16, 6, 14, NULL, '5,700 years', 1.799e+11, 'beta minus'),
-- Nitrogen
(17, 7, 13, NULL, '9.965 minutes', 597.9, 'beta plus'),
(18, 7, 14, 99.636, NULL, NULL, NULL),
(19, 7, 15, 0.364, NULL, NULL, NULL),
-- Oxygen
(20, 8, 15, NULL, '122.27 seconds', 122.3, 'beta plus'),
(21, 8, 16, 99.757, NULL, NULL, NULL),
(22, 8, 17, 0.038, NULL, NULL, NULL),
(23, 8, 18, 0.205, NULL, NULL, NULL),
-- Fluorine
(24, 9, 18, NULL, '109.77 minutes', 6586.0, 'beta plus'),
(25, 9, 19, 100, NULL, NULL, NULL),
-- Neon
(26, 10, 20, 90.48, NULL, NULL, NULL),
(27, 10, 21, 0.27, NULL, NULL, NULL),
(28, 10, 22, 9.25, NULL, NULL, NULL);

-- Period 3
INSERT INTO isotopes VALUES
-- Sodium
(29, 11, 22, NULL, '2.602 years', 8.211e+07, 'beta plus'),
(30, 11, 23, 100, NULL, NULL, NULL),
(31, 11, 24, NULL, '14.96 hours', 53860.0, 'beta minus'),
-- Magnesium
(32, 12, 24, 78.99, NULL, NULL, NULL),
(33, 12, 25, 10.00, NULL, NULL, NULL),
(34, 12, 26, 11.01, NULL, NULL, NULL),
-- Aluminium
(35, 13, 26, NULL, '717,000 years', 2.263e+13, 'beta plus'),
(36, 13, 27, 100, NULL, NULL, NULL),
-- Silicon
(37, 14, 28, 92.223, NULL, NULL, NULL),
(38, 14, 29, 4.685, NULL, NULL, NULL),
(39, 14, 30, 3.092, NULL, NULL, NULL),
(40, 14, 32, NULL, '157 years', 4.954e+09, 'beta minus'),
-- Phosphorus
(41, 15, 31, 100, NULL, NULL, NULL),
(42, 15, 32, NULL, '14.268 days', 1.233e+06, 'beta minus'),
(43, 15, 33, NULL, '25.35 days', 2.19e+06, 'beta minus'),
-- Sulfur
(44, 16, 32, 94.99, NULL, NULL, NULL),
(45, 16, 33, 0.75, NULL, NULL, NULL),
(46, 16, 34, 4.25, NULL, NULL, NULL),
(47, 16, 35, NULL, '87.37 days', 7.549e+06, 'beta minus'),
(48, 16, 36, 0.01, NULL, NULL, NULL),
-- Chlorine
(49, 17, 35, 75.76, NULL, NULL, NULL),
(50, 17, 36, NULL, '301,000 years', 9.499e+12, 'beta minus'),
(51, 17, 37, 24.24, NULL, NULL, NULL),
-- Argon
(52, 18, 36, 0.3336, NULL, NULL, NULL),
(53, 18, 37, NULL, '35.01 days', 3.025e+06, 'electron capture'),
(54, 18, 38, 0.0629, NULL, NULL, NULL),
(55, 18, 39, NULL, '268 years', 8.457e+09, 'beta minus'),
(56, 18, 40, 99.6035, NULL, NULL, NULL);

-- Period 4
INSERT INTO isotopes VALUES
-- Potassium
(57, 19, 39, 93.2581, NULL, NULL, NULL),
(58, 19, 40, 0.0117, '1.248 billion years', 3.938e+16, 'beta minus'),
(59, 19, 41, 6.7302, NULL, NULL, NULL),
-- Calcium
(60, 20, 40, 96.941, NULL, NULL, NULL),
(61, 20, 41, NULL, '99,400 years', 3.137e+12, 'electron capture'),
(62, 20, 42, 0.647, NULL, NULL, NULL),
(63, 20, 43, 0.135, NULL, NULL, NULL),
(64, 20, 44, 2.086, NULL, NULL, NULL),
(65, 20, 45, NULL, '162.61 days', 1.405e+07, 'beta minus'),
(66, 20, 46, 0.004, NULL, NULL, NULL),
(67, 20, 48, 0.187, '56 quintillion years', 1.767e+27, 'double beta minus'),
-- Scandium
(68, 21, 45, 100, NULL, NULL, NULL),
(69, 21, 46, NULL, '83.76 days', 7.237e+06, 'beta minus'),
(70, 21, 47, NULL, '3.349 days', 289400.0, 'beta minus'),
-- Titanium
(71, 22, 44, NULL, '59.1 years', 1.865e+09, 'electron capture'),
(72, 22, 46, 8.25, NULL, NULL, NULL),
(73, 22, 47, 7.44, NULL, NULL, NULL),
(74, 22, 48, 73.72, NULL, NULL, NULL),
(75, 22, 49, 5.41, NULL, NULL, NULL),
(76, 22, 50, 5.18, NULL, NULL, NULL),
-- Vanadium
(77, 23, 48, NULL, '15.974 days', 1.38e+06, 'beta plus'),
(78, 23, 50, 0.250, '271 quadrillion years', 8.552e+24, 'electron capture'),
(79, 23, 51, 99.750, NULL, NULL, NULL),
-- Chromium
(80, 24, 50, 4.345, NULL, NULL, NULL),
(81, 24, 51, NULL, '27.704 days', 2.394e+06, 'electron capture'),
(82, 24, 52, 83.789, NULL, NULL, NULL),
(83, 24, 53, 9.501, NULL, NULL, NULL),
(84, 24, 54, 2.365, NULL, NULL, NULL),
-- Manganese
(85, 25, 53, NULL, '3.7 million years', 1.168e+14, 'electron capture'),
(86, 25, 54, NULL, '312.08 days', 2.696e+07, 'electron capture'),
(87, 25, 55, 100, NULL, NULL, NULL),
-- Iron
(88, 26, 54, 5.845, NULL, NULL, NULL),
(89, 26, 55, NULL, '2.756 years', 8.697e+07, 'electron capture'),
(90, 26, 56, 91.754, NULL, NULL, NULL),
(91, 26, 57, 2.119, NULL, NULL, NULL),
(92, 26, 58, 0.282, NULL, NULL, NULL),
(93, 26, 59, NULL, '44.50 days', 3.845e+06, 'beta minus'),
(94, 26, 60, NULL, '2.62 million years', 8.268e+13, 'beta minus'),
-- Cobalt
(95, 27, 57, NULL, '271.81 days', 2.348e+07, 'electron capture'),
(96, 27, 58, NULL, '70.84 days', 6.121e+06, 'electron capture'),
(97, 27, 59, 100, NULL, NULL, NULL),
(98, 27, 60, NULL, '5.271 years', 1.663e+08, 'beta minus'),
-- Nickel
(99, 28, 58, 68.0769, NULL, NULL, NULL),
(100, 28, 59, NULL, '81,000 years', 2.556e+12, 'electron capture'),
(101, 28, 60, 26.2231, NULL, NULL, NULL),
(102, 28, 61, 1.1399, NULL, NULL, NULL),
(103, 28, 62, 3.6345, NULL, NULL, NULL),
(104, 28, 63, NULL, '101.2 years', 3.194e+09, 'beta minus'),
(105, 28, 64, 0.9256, NULL, NULL, NULL),
-- Copper
(106, 29, 63, 69.15, NULL, NULL, NULL),
(107, 29, 64, NULL, '12.70 hours', 45720.0, 'electron capture'),
(108, 29, 65, 30.85, NULL, NULL, NULL),
(109, 29, 67, NULL, '61.83 hours', 222600.0, 'beta minus'),
-- Zinc
(110, 30, 64, 49.17, NULL, NULL, NULL),
(111, 30, 65, NULL, '243.93 days', 2.108e+07, 'electron capture'),
(112, 30, 66, 27.73, NULL, NULL, NULL),
(113, 30, 67, 4.04, NULL, NULL, NULL),
(114, 30, 68, 18.45, NULL, NULL, NULL),
(115, 30, 70, 0.61, NULL, NULL, NULL),
-- Gallium
(116, 31, 67, NULL, '3.2617 days', 281800.0, 'electron capture'),
(117, 31, 68, NULL, '67.84 minutes', 4070.0, 'beta plus'),
(118, 31, 69, 60.108, NULL, NULL, NULL),
(119, 31, 71, 39.892, NULL, NULL, NULL),
-- Germanium
(120, 32, 68, NULL, '271.05 days', 2.342e+07, 'electron capture'),
(121, 32, 70, 20.57, NULL, NULL, NULL),
(122, 32, 72, 27.45, NULL, NULL, NULL),
(123, 32, 73, 7.75, NULL, NULL, NULL),
(124, 32, 74, 36.50, NULL, NULL, NULL),
(125, 32, 76, 7.73, '1.88 sextillion years', 5.933e+28, 'double beta minus'),
-- Arsenic
(126, 33, 74, NULL, '17.77 days', 1.535e+06, 'electron capture'),
(127, 33, 75, 100, NULL, NULL, NULL),
-- Selenium
(128, 34, 74, 0.89, NULL, NULL, NULL),
(129, 34, 75, NULL, '119.78 days', 1.035e+07, 'electron capture'),
(130, 34, 76, 9.37, NULL, NULL, NULL),
(131, 34, 77, 7.63, NULL, NULL, NULL),
(132, 34, 78, 23.77, NULL, NULL, NULL),
(133, 34, 79, NULL, '327,000 years', 1.032e+13, 'beta minus'),
(134, 34, 80, 49.61, NULL, NULL, NULL),
(135, 34, 82, 8.73, '87.6 quintillion years', 2.764e+27, 'double beta minus'),
-- Bromine
(136, 35, 79, 50.69, NULL, NULL, NULL),
(137, 35, 81, 49.31, NULL, NULL, NULL),
(138, 35, 82, NULL, '35.28 hours', 127000.0, 'beta minus'),
-- Krypton
(139, 36, 78, 0.355, '9.2 sextillion years', 2.903e+29, 'double electron capture'),
(140, 36, 80, 2.286, NULL, NULL, NULL),
(141, 36, 81, NULL, '229,000 years', 7.227e+12, 'electron capture'),
(142, 36, 82, 11.593, NULL, NULL, NULL),
(143, 36, 83, 11.500, NULL, NULL, NULL),
(144, 36, 84, 56.987, NULL, NULL, NULL),
(145, 36, 85, NULL, '10.728 years', 3.385e+08, 'beta minus'),
(146, 36, 86, 17.279, NULL, NULL, NULL);

-- Period 5
INSERT INTO isotopes VALUES
-- Rubidium
(147, 37, 82, NULL, '75.45 seconds', 75.45, 'beta plus'),
(148, 37, 85, 72.17, NULL, NULL, NULL),
(149, 37, 87, 27.83, '49.7 billion years', 1.568e+18, 'beta minus'),
-- Strontium
(150, 38, 84, 0.56, NULL, NULL, NULL),
(151, 38, 85, NULL, '64.85 days', 5.603e+06, 'electron capture'),
(152, 38, 86, 9.86, NULL, NULL, NULL),
(153, 38, 87, 7.00, NULL, NULL, NULL),
(154, 38, 88, 82.58, NULL, NULL, NULL),
(155, 38, 89, NULL, '50.56 days', 4.368e+06, 'beta minus'),
(156, 38, 90, NULL, '28.91 years', 9.123e+08, 'beta minus'),
-- Yttrium
(157, 39, 88, NULL, '106.63 days', 9.213e+06, 'electron capture'),
(158, 39, 89, 100, NULL, NULL, NULL),
(159, 39, 90, NULL, '64.05 hours', 230600.0, 'beta minus'),
-- Zirconium
(160, 40, 89, NULL, '78.36 hours', 282100.0, 'electron capture'),
(161, 40, 90, 51.45, NULL, NULL, NULL),
(162, 40, 91, 11.22, NULL, NULL, NULL),
(163, 40, 92, 17.15, NULL, NULL, NULL),
(164, 40, 93, NULL, '1.61 million years', 5.081e+13, 'beta minus'),
(165, 40, 94, 17.38, NULL, NULL, NULL),
(166, 40, 95, NULL, '64.03 days', 5.532e+06, 'beta minus'),
(167, 40, 96, 2.80, '23.5 quintillion years', 7.416e+26, 'double beta minus'),
-- Niobium
(168, 41, 92, NULL, '34.7 million years', 1.095e+15, 'electron capture'),
(169, 41, 93, 100, NULL, NULL, NULL),
(170, 41, 94, NULL, '20,400 years', 6.438e+11, 'beta minus'),
(171, 41, 95, NULL, '34.99 days', 3.023e+06, 'beta minus'),
-- Molybdenum
(172, 42, 92, 14.53, NULL, NULL, NULL),
(173, 42, 94, 9.15, NULL, NULL, NULL),
(174, 42, 95, 15.84, NULL, NULL, NULL),
(175, 42, 96, 16.67, NULL, NULL, NULL),
(176, 42, 97, 9.60, NULL, NULL, NULL),
(177, 42, 98, 24.39, NULL, NULL, NULL),
(178, 42, 99, NULL, '65.93 hours', 237300.0, 'beta minus'),
(179, 42, 100, 9.82, '7.07 quintillion years', 2.231e+26, 'double beta minus'),
-- Technetium
(180, 43, 97, NULL, '4.21 million years', 1.329e+14, 'electron capture'),
(181, 43, 98, NULL, '4.2 million years', 1.325e+14, 'beta minus'),
(182, 43, 99, NULL, '211,100 years', 6.662e+12, 'beta minus'),
-- Ruthenium
(183, 44, 96, 5.54, NULL, NULL, NULL),
(184, 44, 98, 1.87, NULL, NULL, NULL),
(185, 44, 99, 12.76, NULL, NULL, NULL),
(186, 44, 100, 12.60, NULL, NULL, NULL),
(187, 44, 101, 17.06, NULL, NULL, NULL),
(188, 44, 102, 31.55, NULL, NULL, NULL),
(189, 44, 103, NULL, '39.25 days', 3.391e+06, 'beta minus'),
(190, 44, 104, 18.62, NULL, NULL, NULL),
(191, 44, 106, NULL, '371.8 days', 3.212e+07, 'beta minus'),
-- Rhodium
(192, 45, 103, 100, NULL, NULL, NULL),
(193, 45, 105, NULL, '35.34 hours', 127200.0, 'beta minus'),
-- Palladium
(194, 46, 102, 1.02, NULL, NULL, NULL),
(195, 46, 103, NULL, '16.99 days', 1.468e+06, 'electron capture'),
(196, 46, 104, 11.14, NULL, NULL, NULL),
(197, 46, 105, 22.33, NULL, NULL, NULL),
(198, 46, 106, 27.33, NULL, NULL, NULL),
(199, 46, 107, NULL, '6.5 million years', 2.051e+14, 'beta minus'),
(200, 46, 108, 26.46, NULL, NULL, NULL),
(201, 46, 110, 11.72, NULL, NULL, NULL),
-- Silver
(202, 47, 107, 51.839, NULL, NULL, NULL),
(203, 47, 109, 48.161, NULL, NULL, NULL),
(204, 47, 111, NULL, '7.433 days', 642200.0, 'beta minus'),
-- Cadmium
(205, 48, 106, 1.25, NULL, NULL, NULL),
(206, 48, 108, 0.89, NULL, NULL, NULL),
(207, 48, 109, NULL, '461.9 days', 3.991e+07, 'electron capture'),
(208, 48, 110, 12.49, NULL, NULL, NULL),
(209, 48, 111, 12.80, NULL, NULL, NULL),
(210, 48, 112, 24.13, NULL, NULL, NULL),
(211, 48, 113, 12.22, '8.04 quadrillion years', 2.537e+23, 'beta minus'),
(212, 48, 114, 28.73, NULL, NULL, NULL),
(213, 48, 116, 7.49, '26.9 quintillion years', 8.489e+26, 'double beta minus'),
-- Indium
(214, 49, 111, NULL, '2.8047 days', 242300.0, 'electron capture'),
(215, 49, 113, 4.29, NULL, NULL, NULL),
(216, 49, 115, 95.71, '441 trillion years', 1.392e+22, 'beta minus'),
-- Tin
(217, 50, 112, 0.97, NULL, NULL, NULL),
(218, 50, 113, NULL, '115.08 days', 9.943e+06, 'electron capture'),
(219, 50, 114, 0.66, NULL, NULL, NULL),
(220, 50, 115, 0.34, NULL, NULL, NULL),
(221, 50, 116, 14.54, NULL, NULL, NULL),
(222, 50, 117, 7.68, NULL, NULL, NULL),
(223, 50, 118, 24.22, NULL, NULL, NULL),
(224, 50, 119, 8.59, NULL, NULL, NULL),
(225, 50, 120, 32.58, NULL, NULL, NULL),
(226, 50, 122, 4.63, NULL, NULL, NULL),
(227, 50, 124, 5.79, NULL, NULL, NULL),
(228, 50, 126, NULL, '230,000 years', 7.258e+12, 'beta minus'),
-- Antimony
(229, 51, 121, 57.21, NULL, NULL, NULL),
(230, 51, 123, 42.79, NULL, NULL, NULL),
(231, 51, 124, NULL, '60.20 days', 5.201e+06, 'beta minus'),
(232, 51, 125, NULL, '2.7576 years', 8.702e+07, 'beta minus'),
-- Tellurium
(233, 52, 120, 0.09, NULL, NULL, NULL),
(234, 52, 122, 2.55, NULL, NULL, NULL),
(235, 52, 123, 0.89, NULL, NULL, NULL),
(236, 52, 124, 4.74, NULL, NULL, NULL),
(237, 52, 125, 7.07, NULL, NULL, NULL),
(238, 52, 126, 18.84, NULL, NULL, NULL),
(239, 52, 128, 31.74, '2.25 septillion years', 7.1e+31, 'double beta minus'),
(240, 52, 130, 34.08, '791 quintillion years', 2.496e+28, 'double beta minus'),
(241, 52, 132, NULL, '3.204 days', 276800.0, 'beta minus'),
-- Iodine
(242, 53, 123, NULL, '13.22 hours', 47590.0, 'electron capture'),
(243, 53, 124, NULL, '4.176 days', 360800.0, 'electron capture'),
(244, 53, 125, NULL, '59.39 days', 5.131e+06, 'electron capture'),
(245, 53, 127, 100, NULL, NULL, NULL),
(246, 53, 129, NULL, '16.14 million years', 5.093e+14, 'beta minus'),
(247, 53, 131, NULL, '8.025 days', 693400.0, 'beta minus'),
-- Xenon
(248, 54, 124, 0.0952, '18 sextillion years', 5.68e+29, 'double electron capture'),
(249, 54, 126, 0.0890, NULL, NULL, NULL),
(250, 54, 128, 1.9102, NULL, NULL, NULL),
(251, 54, 129, 26.4006, NULL, NULL, NULL),
(252, 54, 130, 4.0710, NULL, NULL, NULL),
(253, 54, 131, 21.2324, NULL, NULL, NULL),
(254, 54, 132, 26.9086, NULL, NULL, NULL),
(255, 54, 133, NULL, '5.247 days', 453300.0, 'beta minus'),
(256, 54, 134, 10.4357, NULL, NULL, NULL),
(257, 54, 135, NULL, '9.14 hours', 32900.0, 'beta minus'),
(258, 54, 136, 8.8573, '2.18 sextillion years', 6.879e+28, 'double beta minus');

-- Period 6
INSERT INTO isotopes VALUES
-- Caesium
(259, 55, 131, NULL, '9.69 days', 837200.0, 'electron capture'),
(260, 55, 133, 100, NULL, NULL, NULL),
(261, 55, 134, NULL, '2.065 years', 6.517e+07, 'beta minus'),
(262, 55, 135, NULL, '1.33 million years', 4.197e+13, 'beta minus'),
(263, 55, 137, NULL, '30.04 years', 9.48e+08, 'beta minus'),
-- Barium
(264, 56, 130, 0.106, '1 sextillion years', 3.156e+28, 'double electron capture'),
(265, 56, 132, 0.101, NULL, NULL, NULL),
(266, 56, 133, NULL, '10.55 years', 3.329e+08, 'electron capture'),
(267, 56, 134, 2.417, NULL, NULL, NULL),
(268, 56, 135, 6.592, NULL, NULL, NULL),
(269, 56, 136, 7.854, NULL, NULL, NULL),
(270, 56, 137, 11.232, NULL, NULL, NULL),
(271, 56, 138, 71.698, NULL, NULL, NULL),
(272, 56, 140, NULL, '12.753 days', 1.102e+06, 'beta minus'),
-- Lanthanum
(273, 57, 138, 0.08881, '103 billion years', 3.25e+18, 'electron capture'),
(274, 57, 139, 99.91119, NULL, NULL, NULL),
(275, 57, 140, NULL, '1.679 days', 145100.0, 'beta minus'),
-- Cerium
(276, 58, 136, 0.185, NULL, NULL, NULL),
(277, 58, 138, 0.251, NULL, NULL, NULL),
(278, 58, 140, 88.450, NULL, NULL, NULL),
(279, 58, 141, NULL, '32.51 days', 2.809e+06, 'beta minus'),
(280, 58, 142, 11.114, NULL, NULL, NULL),
(281, 58, 144, NULL, '284.89 days', 2.461e+07, 'beta minus'),
-- Praseodymium
(282, 59, 141, 100, NULL, NULL, NULL),
(283, 59, 143, NULL, '13.57 days', 1.172e+06, 'beta minus'),
-- Neodymium
(284, 60, 142, 27.152, NULL, NULL, NULL),
(285, 60, 143, 12.174, NULL, NULL, NULL),
(286, 60, 144, 23.798, '2.29 quadrillion years', 7.227e+22, 'alpha'),
(287, 60, 145, 8.293, NULL, NULL, NULL),
(288, 60, 146, 17.189, NULL, NULL, NULL),
(289, 60, 147, NULL, '10.98 days', 948700.0, 'beta minus'),
(290, 60, 148, 5.756, NULL, NULL, NULL),
(291, 60, 150, 5.638, '9.3 quintillion years', 2.935e+26, 'double beta minus'),
-- Promethium
(292, 61, 145, NULL, '17.7 years', 5.586e+08, 'electron capture'),
(293, 61, 146, NULL, '5.53 years', 1.745e+08, 'electron capture'),
(294, 61, 147, NULL, '2.6234 years', 8.279e+07, 'beta minus'),
-- Samarium
(295, 62, 144, 3.07, NULL, NULL, NULL),
(296, 62, 146, NULL, '92.0 million years', 2.903e+15, 'alpha'),
(297, 62, 147, 14.99, '106.6 billion years', 3.364e+18, 'alpha'),
(298, 62, 148, 11.24, '6.3 quadrillion years', 1.988e+23, 'alpha'),
(299, 62, 149, 13.82, NULL, NULL, NULL),
(300, 62, 150, 7.38, NULL, NULL, NULL),
(301, 62, 151, NULL, '94.6 years', 2.985e+09, 'beta minus'),
(302, 62, 152, 26.75, NULL, NULL, NULL),
(303, 62, 153, NULL, '46.28 hours', 166600.0, 'beta minus'),
(304, 62, 154, 22.75, NULL, NULL, NULL),
-- Europium
(305, 63, 151, 47.81, '4.6 quintillion years', 1.452e+26, 'alpha'),
(306, 63, 152, NULL, '13.517 years', 4.266e+08, 'electron capture'),
(307, 63, 153, 52.19, NULL, NULL, NULL),
(308, 63, 154, NULL, '8.592 years', 2.711e+08, 'beta minus'),
(309, 63, 155, NULL, '4.742 years', 1.496e+08, 'beta minus'),
-- Gadolinium
(310, 64, 152, 0.20, '108 trillion years', 3.408e+21, 'alpha'),
(311, 64, 153, NULL, '240.6 days', 2.079e+07, 'electron capture'),
(312, 64, 154, 2.18, NULL, NULL, NULL),
(313, 64, 155, 14.80, NULL, NULL, NULL),
(314, 64, 156, 20.47, NULL, NULL, NULL),
(315, 64, 157, 15.65, NULL, NULL, NULL),
(316, 64, 158, 24.84, NULL, NULL, NULL),
(317, 64, 160, 21.86, NULL, NULL, NULL),
-- Terbium
(318, 65, 159, 100, NULL, NULL, NULL),
(319, 65, 161, NULL, '6.95 days', 600500.0, 'beta minus'),
-- Dysprosium
(320, 66, 156, 0.056, NULL, NULL, NULL),
(321, 66, 158, 0.095, NULL, NULL, NULL),
(322, 66, 160, 2.329, NULL, NULL, NULL),
(323, 66, 161, 18.889, NULL, NULL, NULL),
(324, 66, 162, 25.475, NULL, NULL, NULL),
(325, 66, 163, 24.896, NULL, NULL, NULL),
(326, 66, 164, 28.260, NULL, NULL, NULL),
(327, 66, 165, NULL, '2.332 hours', 8395.0, 'beta minus'),
-- Holmium
(328, 67, 163, NULL, '4,570 years', 1.442e+11, 'electron capture'),
(329, 67, 165, 100, NULL, NULL, NULL),
(330, 67, 166, NULL, '26.81 hours', 96520.0, 'beta minus'),
-- Erbium
(331, 68, 162, 0.139, NULL, NULL, NULL),
(332, 68, 164, 1.601, NULL, NULL, NULL),
(333, 68, 166, 33.503, NULL, NULL, NULL),
(334, 68, 167, 22.869, NULL, NULL, NULL),
(335, 68, 168, 26.978, NULL, NULL, NULL),
(336, 68, 169, NULL, '9.392 days', 811500.0, 'beta minus'),
(337, 68, 170, 14.910, NULL, NULL, NULL),
-- Thulium
(338, 69, 169, 100, NULL, NULL, NULL),
(339, 69, 170, NULL, '128.6 days', 1.111e+07, 'beta minus'),
(340, 69, 171, NULL, '1.92 years', 6.059e+07, 'beta minus'),
-- Ytterbium
(341, 70, 168, 0.123, NULL, NULL, NULL),
(342, 70, 169, NULL, '32.01 days', 2.766e+06, 'electron capture'),
(343, 70, 170, 2.982, NULL, NULL, NULL),
(344, 70, 171, 14.09, NULL, NULL, NULL),
(345, 70, 172, 21.68, NULL, NULL, NULL),
(346, 70, 173, 16.103, NULL, NULL, NULL),
(347, 70, 174, 32.026, NULL, NULL, NULL),
(348, 70, 175, NULL, '4.185 days', 361600.0, 'beta minus'),
(349, 70, 176, 12.996, NULL, NULL, NULL),
-- Lutetium
(350, 71, 175, 97.401, NULL, NULL, NULL),
(351, 71, 176, 2.599, '37.0 billion years', 1.168e+18, 'beta minus'),
(352, 71, 177, NULL, '6.644 days', 574000.0, 'beta minus'),
-- Hafnium
(353, 72, 174, 0.16, '70 quadrillion years', 2.209e+24, 'alpha'),
(354, 72, 176, 5.26, NULL, NULL, NULL),
(355, 72, 177, 18.60, NULL, NULL, NULL),
(356, 72, 178, 27.28, NULL, NULL, NULL),
(357, 72, 179, 13.62, NULL, NULL, NULL),
(358, 72, 180, 35.08, NULL, NULL, NULL),
(359, 72, 182, NULL, '8.90 million years', 2.809e+14, 'beta minus'),
-- Tantalum
(360, 73, 180, 0.01201, NULL, NULL, NULL),
(361, 73, 181, 99.98799, NULL, NULL, NULL),
(362, 73, 182, NULL, '114.74 days', 9.914e+06, 'beta minus'),
-- Tungsten
(363, 74, 180, 0.12, '1.59 quintillion years', 5.018e+25, 'alpha'),
(364, 74, 181, NULL, '120.96 days', 1.045e+07, 'electron capture'),
(365, 74, 182, 26.50, NULL, NULL, NULL),
(366, 74, 183, 14.31, NULL, NULL, NULL),
(367, 74, 184, 30.64, NULL, NULL, NULL),
(368, 74, 185, NULL, '75.1 days', 6.489e+06, 'beta minus'),
(369, 74, 186, 28.43, NULL, NULL, NULL),
(370, 74, 188, NULL, '69.77 days', 6.028e+06, 'beta minus'),
-- Rhenium
(371, 75, 185, 37.40, NULL, NULL, NULL),
(372, 75, 186, NULL, '3.7185 days', 321300.0, 'beta minus'),
(373, 75, 187, 62.60, '41.6 billion years', 1.313e+18, 'beta minus'),
(374, 75, 188, NULL, '17.005 hours', 61220.0, 'beta minus'),
-- Osmium
(375, 76, 184, 0.02, '11.2 trillion years', 3.534e+20, 'alpha'),
(376, 76, 186, 1.59, '2.0 quadrillion years', 6.311e+22, 'alpha'),
(377, 76, 187, 1.96, NULL, NULL, NULL),
(378, 76, 188, 13.24, NULL, NULL, NULL),
(379, 76, 189, 16.15, NULL, NULL, NULL),
(380, 76, 190, 26.26, NULL, NULL, NULL),
(381, 76, 192, 40.78, NULL, NULL, NULL),
-- Iridium
(382, 77, 191, 37.3, NULL, NULL, NULL),
(383, 77, 192, NULL, '73.83 days', 6.379e+06, 'beta minus'),
(384, 77, 193, 62.7, NULL, NULL, NULL),
-- Platinum
(385, 78, 190, 0.012, '483 billion years', 1.524e+19, 'alpha'),
(386, 78, 192, 0.782, NULL, NULL, NULL),
(387, 78, 193, NULL, '50 years', 1.578e+09, 'electron capture'),
(388, 78, 194, 32.864, NULL, NULL, NULL),
(389, 78, 195, 33.775, NULL, NULL, NULL),
(390, 78, 196, 25.211, NULL, NULL, NULL),
(391, 78, 198, 7.356, NULL, NULL, NULL),
-- Gold
(392, 79, 195, NULL, '186.01 days', 1.607e+07, 'electron capture'),
(393, 79, 197, 100, NULL, NULL, NULL),
(394, 79, 198, NULL, '2.694 days', 232800.0, 'beta minus'),
-- Mercury
(395, 80, 194, NULL, '447 years', 1.411e+10, 'electron capture'),
(396, 80, 196, 0.15, NULL, NULL, NULL),
(397, 80, 198, 9.97, NULL, NULL, NULL),
(398, 80, 199, 16.87, NULL, NULL, NULL),
(399, 80, 200, 23.10, NULL, NULL, NULL),
(400, 80, 201, 13.18, NULL, NULL, NULL),
(401, 80, 202, 29.86, NULL, NULL, NULL),
(402, 80, 203, NULL, '46.61 days', 4.027e+06, 'beta minus'),
(403, 80, 204, 6.87, NULL, NULL, NULL),
-- Thallium
(404, 81, 201, NULL, '3.042 days', 262800.0, 'electron capture'),
(405, 81, 203, 29.52, NULL, NULL, NULL),
(406, 81, 204, NULL, '3.783 years', 1.194e+08, 'beta minus'),
(407, 81, 205, 70.48, NULL, NULL, NULL),
-- Lead
(408, 82, 202, NULL, '52,500 years', 1.657e+12, 'electron capture'),
(409, 82, 204, 1.4, NULL, NULL, NULL),
(410, 82, 205, NULL, '17.0 million years', 5.365e+14, 'electron capture'),
(411, 82, 206, 24.1, NULL, NULL, NULL),
(412, 82, 207, 22.1, NULL, NULL, NULL),
(413, 82, 208, 52.4, NULL, NULL, NULL),
(414, 82, 210, NULL, '22.20 years', 7.006e+08, 'beta minus'),
(415, 82, 212, NULL, '10.63 hours', 38270.0, 'beta minus'),
(416, 82, 214, NULL, '27.06 minutes', 1624.0, 'beta minus'),
-- Bismuth
(417, 83, 207, NULL, '31.2 years', 9.846e+08, 'electron capture'),
(418, 83, 209, 100, '20.1 quintillion years', 6.343e+26, 'alpha'),
(419, 83, 210, NULL, '5.012 days', 433000.0, 'beta minus'),
(420, 83, 212, NULL, '60.55 minutes', 3633.0, 'beta minus'),
(421, 83, 213, NULL, '45.6 minutes', 2736.0, 'beta minus'),
(422, 83, 214, NULL, '19.7 minutes', 1182.0, 'beta minus'),
-- Polonium
(423, 84, 208, NULL, '2.898 years', 9.145e+07, 'alpha'),
(424, 84, 209, NULL, '124 years', 3.913e+09, 'alpha'),
(425, 84, 210, NULL, '138.376 days', 1.196e+07, 'alpha'),
(426, 84, 214, NULL, '163.5 microseconds', 0.0001635, 'alpha'),
(427, 84, 218, NULL, '3.10 minutes', 186.0, 'alpha'),
-- Astatine
(428, 85, 210, NULL, '8.1 hours', 29160.0, 'electron capture'),
(429, 85, 211, NULL, '7.214 hours', 25970.0, 'electron capture'),
-- Radon
(430, 86, 219, NULL, '3.96 seconds', 3.96, 'alpha'),
(431, 86, 220, NULL, '55.6 seconds', 55.6, 'alpha'),
(432, 86, 222, NULL, '3.8235 days', 330400.0, 'alpha');

-- Period 7
INSERT INTO isotopes VALUES
-- Francium
(433, 87, 221, NULL, '4.80 minutes', 288.0, 'alpha'),
(434, 87, 223, NULL, '22.00 minutes', 1320.0, 'beta minus'),
-- Radium
(435, 88, 223, NULL, '11.43 days', 987600.0, 'alpha'),
(436, 88, 224, NULL, '3.632 days', 313800.0, 'alpha'),
(437, 88, 225, NULL, '14.8 days', 1.279e+06, 'beta minus'),
(438, 88, 226, NULL, '1,600 years', 5.049e+10, 'alpha'),
(439, 88, 228, NULL, '5.75 years', 1.815e+08, 'beta minus'),
-- Actinium
(440, 89, 225, NULL, '9.92 days', 857100.0, 'alpha'),
(441, 89, 227, NULL, '21.77 years', 6.87e+08, 'beta minus'),
(442, 89, 228, NULL, '6.15 hours', 22140.0, 'beta minus'),
-- Thorium
(443, 90, 227, NULL, '18.69 days', 1.615e+06, 'alpha'),
(444, 90, 228, NULL, '1.912 years', 6.034e+07, 'alpha'),
(445, 90, 229, NULL, '7,920 years', 2.499e+11, 'alpha'),
(446, 90, 230, 0.02, '75,400 years', 2.379e+12, 'alpha'),
(447, 90, 231, NULL, '25.52 hours', 91870.0, 'beta minus'),
(448, 90, 232, 99.98, '14.0 billion years', 4.418e+17, 'alpha'),
(449, 90, 234, NULL, '24.107 days', 2.083e+06, 'beta minus'),
-- Protactinium
(450, 91, 231, 100, '32,700 years', 1.032e+12, 'alpha'),
(451, 91, 233, NULL, '26.975 days', 2.331e+06, 'beta minus'),
(452, 91, 234, NULL, '6.70 hours', 24120.0, 'beta minus'),
-- Uranium
(453, 92, 232, NULL, '68.9 years', 2.174e+09, 'alpha'),
(454, 92, 233, NULL, '159,200 years', 5.024e+12, 'alpha'),
(455, 92, 234, 0.0054, '245,500 years', 7.747e+12, 'alpha'),
(456, 92, 235, 0.7204, '704 million years', 2.222e+16, 'alpha'),
(457, 92, 236, NULL, '23.42 million years', 7.391e+14, 'alpha'),
(458, 92, 238, 99.2742, '4.468 billion years', 1.41e+17, 'alpha'),
(459, 92, 239, NULL, '23.45 minutes', 1407.0, 'beta minus'),
-- Neptunium
(460, 93, 236, NULL, '153,000 years', 4.828e+12, 'electron capture'),
(461, 93, 237, NULL, '2.144 million years', 6.766e+13, 'alpha'),
(462, 93, 239, NULL, '2.356 days', 203600.0, 'beta minus'),
-- Plutonium
(463, 94, 238, NULL, '87.7 years', 2.768e+09, 'alpha'),
(464, 94, 239, NULL, '24,110 years', 7.608e+11, 'alpha'),
(465, 94, 240, NULL, '6,561 years', 2.07e+11, 'alpha'),
(466, 94, 241, NULL, '14.33 years', 4.522e+08, 'beta minus'),
(467, 94, 242, NULL, '375,000 years', 1.183e+13, 'alpha'),
(468, 94, 244, NULL, '81.3 million years', 2.566e+15, 'alpha'),
-- Americium
(469, 95, 241, NULL, '432.6 years', 1.365e+10, 'alpha'),
(470, 95, 243, NULL, '7,350 years', 2.319e+11, 'alpha'),
-- Curium
(471, 96, 242, NULL, '162.8 days', 1.407e+07, 'alpha'),
(472, 96, 243, NULL, '29.1 years', 9.183e+08, 'alpha'),
(473, 96, 244, NULL, '18.11 years', 5.715e+08, 'alpha'),
(474, 96, 245, NULL, '8,250 years', 2.603e+11, 'alpha'),
(475, 96, 246, NULL, '4,706 years', 1.485e+11, 'alpha'),
(476, 96, 247, NULL, '15.6 million years', 4.923e+14, 'alpha'),
(477, 96, 248, NULL, '348,000 years', 1.098e+13, 'alpha'),
-- Berkelium
(478, 97, 247, NULL, '1,380 years', 4.355e+10, 'alpha'),
(479, 97, 249, NULL, '327.2 days', 2.827e+07, 'beta minus'),
-- Californium
(480, 98, 249, NULL, '351 years', 1.108e+10, 'alpha'),
(481, 98, 250, NULL, '13.08 years', 4.128e+08, 'alpha'),
(482, 98, 251, NULL, '898 years', 2.834e+10, 'alpha'),
(483, 98, 252, NULL, '2.645 years', 8.347e+07, 'alpha'),
(484, 98, 254, NULL, '60.5 days', 5.227e+06, 'spontaneous fission'),
-- Einsteinium
(485, 99, 252, NULL, '471.7 days', 4.075e+07, 'alpha'),
(486, 99, 253, NULL, '20.47 days', 1.769e+06, 'alpha'),
(487, 99, 254, NULL, '275.7 days', 2.382e+07, 'alpha'),
-- Fermium
(488, 100, 253, NULL, '3.00 days', 259200.0, 'electron capture'),
(489, 100, 255, NULL, '20.07 hours', 72250.0, 'alpha'),
(490, 100, 257, NULL, '100.5 days', 8.683e+06, 'alpha'),
-- Mendelevium
(491, 101, 256, NULL, '77.7 minutes', 4662.0, 'electron capture'),
(492, 101, 258, NULL, '51.5 days', 4.45e+06, 'alpha'),
-- Nobelium
(493, 102, 255, NULL, '3.52 minutes', 211.2, 'alpha'),
(494, 102, 259, NULL, '58 minutes', 3480.0, 'alpha'),
-- Lawrencium
(495, 103, 262, NULL, '4 hours', 14400.0, 'electron capture'),
(496, 103, 266, NULL, '11 hours', 39600.0, 'spontaneous fission'),
-- Rutherfordium
(497, 104, 263, NULL, '11 minutes', 660.0, 'spontaneous fission'),
(498, 104, 267, NULL, '48 minutes', 2880.0, 'spontaneous fission'),
-- Dubnium
(499, 105, 262, NULL, '34 seconds', 34.0, 'alpha'),
(500, 105, 268, NULL, '16 hours', 57600.0, 'alpha'),
-- Seaborgium
(501, 106, 267, NULL, '9.8 minutes', 588.0, 'alpha'),
(502, 106, 269, NULL, '13 minutes', 780.0, 'alpha'),
(503, 106, 271, NULL, '31 seconds', 31.0, 'alpha'),
-- Bohrium
(504, 107, 267, NULL, '17 seconds', 17.0, 'alpha'),
(505, 107, 270, NULL, '2.4 minutes', 144.0, 'alpha'),
-- Hassium
(506, 108, 269, NULL, '13 seconds', 13.0, 'alpha'),
(507, 108, 270, NULL, '7.6 seconds', 7.6, 'alpha'),
-- Meitnerium
(508, 109, 276, NULL, '0.62 seconds', 0.62, 'alpha'),
(509, 109, 278, NULL, '4.5 seconds', 4.5, 'alpha'),
-- Darmstadtium
(510, 110, 279, NULL, '186 milliseconds', 0.186, 'spontaneous fission'),
(511, 110, 281, NULL, '14 seconds', 14.0, 'spontaneous fission'),
-- Roentgenium
(512, 111, 281, NULL, '11 seconds', 11.0, 'spontaneous fission'),
(513, 111, 282, NULL, '130 seconds', 130.0, 'alpha'),
-- Copernicium
(514, 112, 283, NULL, '3.81 seconds', 3.81, 'alpha'),
(515, 112, 285, NULL, '30 seconds', 30.0, 'alpha'),
-- Nihonium
(516, 113, 278, NULL, '2.3 milliseconds', 0.0023, 'alpha'),
(517, 113, 284, NULL, '0.90 seconds', 0.9, 'alpha'),
(518, 113, 286, NULL, '12 seconds', 12.0, 'alpha'),
-- Flerovium
(519, 114, 287, NULL, '0.36 seconds', 0.36, 'alpha'),
(520, 114, 288, NULL, '0.653 seconds', 0.653, 'alpha'),
(521, 114, 289, NULL, '2.1 seconds', 2.1, 'alpha'),
-- Moscovium
(522, 115, 288, NULL, '193 milliseconds', 0.193, 'alpha'),
(523, 115, 289, NULL, '250 milliseconds', 0.25, 'alpha'),
(524, 115, 290, NULL, '0.65 seconds', 0.65, 'alpha'),
-- Livermorium
(525, 116, 292, NULL, '16 milliseconds', 0.016, 'alpha'),
(526, 116, 293, NULL, '70 milliseconds', 0.07, 'alpha'),
-- Tennessine
(527, 117, 293, NULL, '25 milliseconds', 0.025, 'alpha'),
(528, 117, 294, NULL, '51 milliseconds', 0.051, 'alpha'),
-- Oganesson
(529, 118, 294, NULL, '0.70 milliseconds', 0.0007, 'alpha');

------------------------------------------------------------------------------
-- 7. Indexes and views
------------------------------------------------------------------------------

-- isotopes(element) and discoveries(element) are already covered by the keys
-- declared with the tables.
CREATE INDEX idx_elements_category_id ON elements(category_id);
CREATE INDEX idx_elements_symbol ON elements(symbol);
CREATE INDEX idx_elements_discovered_year ON elements(discovered_year);
CREATE INDEX idx_discoveries_discoverer ON discoveries(discoverer);
CREATE INDEX idx_isotopes_half_life_s ON isotopes(half_life_s);

-- Elements in order of discovery, with everyone credited.
CREATE VIEW timeline AS
SELECT
    e.discovered_year,
    e.discovered,
    e.atomic_number,
    e.symbol,
    e.name,
    (SELECT group_concat(name, '; ')
       FROM (SELECT d.name
               FROM discoveries x JOIN discoverers d ON d.id = x.discoverer
              WHERE x.element = e.atomic_number
              ORDER BY d.id)) AS discovered_by
FROM elements e
ORDER BY e.discovered_year IS NULL DESC, e.discovered_year, e.discovered, e.atomic_number;

-- Elements without any stable isotope, with the longest-lived one listed here.
-- SQLite takes the other columns of the row that supplies max().
CREATE VIEW radioactive_elements AS
SELECT
    e.atomic_number,
    e.symbol,
    e.name,
    e.symbol || '-' || i.mass_number AS longest_lived_isotope,
    i.half_life,
    max(i.half_life_s) AS half_life_s,
    i.decay_mode
FROM elements e
JOIN isotopes i ON i.element = e.atomic_number
WHERE NOT EXISTS (
    SELECT 1 FROM isotopes s
     WHERE s.element = e.atomic_number AND s.half_life_s IS NULL)
GROUP BY e.atomic_number
ORDER BY e.atomic_number;

------------------------------------------------------------------------------
-- 8. Full-text search
--
-- An external-content index: the text stays in "elements", and the triggers
-- keep the index in step with later edits.
------------------------------------------------------------------------------

CREATE VIRTUAL TABLE elements_fts USING fts5 (
    name, symbol, summary, uses,
    content="elements",
    content_rowid="atomic_number",
    tokenize="porter unicode61"
);

INSERT INTO elements_fts(elements_fts) VALUES ('rebuild');

CREATE TRIGGER elements_fts_insert AFTER INSERT ON elements BEGIN
    INSERT INTO elements_fts(rowid, name, symbol, summary, uses)
    VALUES (new.atomic_number, new.name, new.symbol, new.summary, new.uses);
END;

CREATE TRIGGER elements_fts_delete AFTER DELETE ON elements BEGIN
    INSERT INTO elements_fts(elements_fts, rowid, name, symbol, summary, uses)
    VALUES ('delete', old.atomic_number, old.name, old.symbol, old.summary, old.uses);
END;

CREATE TRIGGER elements_fts_update AFTER UPDATE ON elements BEGIN
    INSERT INTO elements_fts(elements_fts, rowid, name, symbol, summary, uses)
    VALUES ('delete', old.atomic_number, old.name, old.symbol, old.summary, old.uses);
    INSERT INTO elements_fts(rowid, name, symbol, summary, uses)
    VALUES (new.atomic_number, new.name, new.symbol, new.summary, new.uses);
END;

COMMIT;

VACUUM;
