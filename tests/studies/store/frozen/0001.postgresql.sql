
CREATE TYPE public.studydirection AS ENUM (
    'NOT_SET',
    'MINIMIZE',
    'MAXIMIZE'
);
CREATE TYPE public.trialintermediatevaluetype AS ENUM (
    'FINITE',
    'INF_POS',
    'INF_NEG',
    'NAN'
);
CREATE TYPE public.trialstate AS ENUM (
    'RUNNING',
    'COMPLETE',
    'PRUNED',
    'FAIL',
    'WAITING'
);
CREATE TYPE public.trialvaluetype AS ENUM (
    'FINITE',
    'INF_POS',
    'INF_NEG'
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.dropsearch_alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.dropsearch_claim (
    id integer NOT NULL,
    study text NOT NULL,
    phase text NOT NULL,
    number integer NOT NULL,
    repeat integer NOT NULL,
    fixed json NOT NULL,
    point text,
    state text NOT NULL,
    holder text,
    heartbeat integer NOT NULL,
    attempts integer NOT NULL,
    barren integer NOT NULL,
    advanced boolean NOT NULL,
    checkpoint text,
    trial integer,
    value double precision,
    parameters integer,
    cost double precision,
    best_epoch integer,
    epoch integer,
    details json,
    reason text,
    started timestamp without time zone,
    ended timestamp without time zone
);
CREATE SEQUENCE public.dropsearch_claim_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.dropsearch_claim_id_seq OWNED BY public.dropsearch_claim.id;
CREATE TABLE public.dropsearch_fold_score (
    claim integer NOT NULL,
    epoch integer NOT NULL,
    fold integer NOT NULL,
    train_loss double precision NOT NULL,
    val_loss double precision NOT NULL,
    metric double precision NOT NULL,
    updates integer NOT NULL,
    seconds double precision NOT NULL
);
CREATE TABLE public.dropsearch_study (
    uuid text NOT NULL,
    name text NOT NULL,
    config json NOT NULL,
    fingerprint text NOT NULL,
    summary json NOT NULL,
    versions json NOT NULL,
    metric text NOT NULL,
    direction text NOT NULL,
    phase text NOT NULL,
    halted boolean NOT NULL,
    closed boolean NOT NULL,
    note text,
    plan json,
    answer json,
    created timestamp without time zone NOT NULL,
    ended timestamp without time zone
);
CREATE TABLE public.studies (
    study_id integer NOT NULL,
    study_name character varying(512) NOT NULL
);
CREATE SEQUENCE public.studies_study_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.studies_study_id_seq OWNED BY public.studies.study_id;
CREATE TABLE public.study_directions (
    study_direction_id integer NOT NULL,
    direction public.studydirection NOT NULL,
    study_id integer NOT NULL,
    objective integer NOT NULL
);
CREATE SEQUENCE public.study_directions_study_direction_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.study_directions_study_direction_id_seq OWNED BY public.study_directions.study_direction_id;
CREATE TABLE public.study_system_attributes (
    study_system_attribute_id integer NOT NULL,
    study_id integer,
    key character varying(512),
    value_json text
);
CREATE SEQUENCE public.study_system_attributes_study_system_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.study_system_attributes_study_system_attribute_id_seq OWNED BY public.study_system_attributes.study_system_attribute_id;
CREATE TABLE public.study_user_attributes (
    study_user_attribute_id integer NOT NULL,
    study_id integer,
    key character varying(512),
    value_json text
);
CREATE SEQUENCE public.study_user_attributes_study_user_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.study_user_attributes_study_user_attribute_id_seq OWNED BY public.study_user_attributes.study_user_attribute_id;
CREATE TABLE public.trial_heartbeats (
    trial_heartbeat_id integer NOT NULL,
    trial_id integer NOT NULL,
    heartbeat timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.trial_heartbeats_trial_heartbeat_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_heartbeats_trial_heartbeat_id_seq OWNED BY public.trial_heartbeats.trial_heartbeat_id;
CREATE TABLE public.trial_intermediate_values (
    trial_intermediate_value_id integer NOT NULL,
    trial_id integer NOT NULL,
    step integer NOT NULL,
    intermediate_value double precision,
    intermediate_value_type public.trialintermediatevaluetype NOT NULL
);
CREATE SEQUENCE public.trial_intermediate_values_trial_intermediate_value_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_intermediate_values_trial_intermediate_value_id_seq OWNED BY public.trial_intermediate_values.trial_intermediate_value_id;
CREATE TABLE public.trial_params (
    param_id integer NOT NULL,
    trial_id integer,
    param_name character varying(512),
    param_value double precision,
    distribution_json text
);
CREATE SEQUENCE public.trial_params_param_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_params_param_id_seq OWNED BY public.trial_params.param_id;
CREATE TABLE public.trial_system_attributes (
    trial_system_attribute_id integer NOT NULL,
    trial_id integer,
    key character varying(512),
    value_json text
);
CREATE SEQUENCE public.trial_system_attributes_trial_system_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_system_attributes_trial_system_attribute_id_seq OWNED BY public.trial_system_attributes.trial_system_attribute_id;
CREATE TABLE public.trial_user_attributes (
    trial_user_attribute_id integer NOT NULL,
    trial_id integer,
    key character varying(512),
    value_json text
);
CREATE SEQUENCE public.trial_user_attributes_trial_user_attribute_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_user_attributes_trial_user_attribute_id_seq OWNED BY public.trial_user_attributes.trial_user_attribute_id;
CREATE TABLE public.trial_values (
    trial_value_id integer NOT NULL,
    trial_id integer NOT NULL,
    objective integer NOT NULL,
    value double precision,
    value_type public.trialvaluetype NOT NULL
);
CREATE SEQUENCE public.trial_values_trial_value_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trial_values_trial_value_id_seq OWNED BY public.trial_values.trial_value_id;
CREATE TABLE public.trials (
    trial_id integer NOT NULL,
    number integer,
    study_id integer,
    state public.trialstate NOT NULL,
    datetime_start timestamp without time zone,
    datetime_complete timestamp without time zone
);
CREATE SEQUENCE public.trials_trial_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.trials_trial_id_seq OWNED BY public.trials.trial_id;
CREATE TABLE public.version_info (
    version_info_id integer NOT NULL,
    schema_version integer,
    library_version character varying(256),
    CONSTRAINT version_info_version_info_id_check CHECK ((version_info_id = 1))
);
ALTER TABLE ONLY public.dropsearch_claim ALTER COLUMN id SET DEFAULT nextval('public.dropsearch_claim_id_seq'::regclass);
ALTER TABLE ONLY public.studies ALTER COLUMN study_id SET DEFAULT nextval('public.studies_study_id_seq'::regclass);
ALTER TABLE ONLY public.study_directions ALTER COLUMN study_direction_id SET DEFAULT nextval('public.study_directions_study_direction_id_seq'::regclass);
ALTER TABLE ONLY public.study_system_attributes ALTER COLUMN study_system_attribute_id SET DEFAULT nextval('public.study_system_attributes_study_system_attribute_id_seq'::regclass);
ALTER TABLE ONLY public.study_user_attributes ALTER COLUMN study_user_attribute_id SET DEFAULT nextval('public.study_user_attributes_study_user_attribute_id_seq'::regclass);
ALTER TABLE ONLY public.trial_heartbeats ALTER COLUMN trial_heartbeat_id SET DEFAULT nextval('public.trial_heartbeats_trial_heartbeat_id_seq'::regclass);
ALTER TABLE ONLY public.trial_intermediate_values ALTER COLUMN trial_intermediate_value_id SET DEFAULT nextval('public.trial_intermediate_values_trial_intermediate_value_id_seq'::regclass);
ALTER TABLE ONLY public.trial_params ALTER COLUMN param_id SET DEFAULT nextval('public.trial_params_param_id_seq'::regclass);
ALTER TABLE ONLY public.trial_system_attributes ALTER COLUMN trial_system_attribute_id SET DEFAULT nextval('public.trial_system_attributes_trial_system_attribute_id_seq'::regclass);
ALTER TABLE ONLY public.trial_user_attributes ALTER COLUMN trial_user_attribute_id SET DEFAULT nextval('public.trial_user_attributes_trial_user_attribute_id_seq'::regclass);
ALTER TABLE ONLY public.trial_values ALTER COLUMN trial_value_id SET DEFAULT nextval('public.trial_values_trial_value_id_seq'::regclass);
ALTER TABLE ONLY public.trials ALTER COLUMN trial_id SET DEFAULT nextval('public.trials_trial_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('v3.2.0.a');
INSERT INTO public.dropsearch_alembic_version VALUES ('0001');
INSERT INTO public.dropsearch_claim VALUES (3, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'search', 2, 0, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.7864077934748019,"hidden_size":4,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, 2, 0.5000000099341074, 122, 95040, 2, 2, NULL, NULL, '2026-11-27 00:48:29.169871', '2026-11-27 00:48:29.731772');
INSERT INTO public.dropsearch_claim VALUES (1, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'search', 0, 0, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.147409879423647,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, 0, 0.5555555721124014, 370, 342144, 2, 2, NULL, NULL, '2026-11-27 00:48:28.077358', '2026-11-27 00:48:28.582368');
INSERT INTO public.dropsearch_claim VALUES (4, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'finalists', 0, 0, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.147409879423647,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, NULL, 0.5476190646489462, 370, 342144, 2, 2, NULL, NULL, '2026-11-27 00:48:29.815739', '2026-11-27 00:48:30.071563');
INSERT INTO public.dropsearch_claim VALUES (2, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'search', 1, 0, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.781763322509307,"hidden_size":4,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 5, 1, 0, true, NULL, 1, 0.5000000099341074, 122, 95040, 2, 2, NULL, NULL, '2026-11-27 00:48:28.617343', '2026-11-27 00:48:29.145762');
INSERT INTO public.dropsearch_claim VALUES (6, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'curve', 0, 0, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, NULL, 0.5000000099341074, 370, 342144, 2, 2, NULL, NULL, '2026-11-27 00:48:30.359969', '2026-11-27 00:48:30.583019');
INSERT INTO public.dropsearch_claim VALUES (8, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'curve', 2, 0, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.5,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, NULL, 0.5000000099341074, 370, 342144, 2, 2, NULL, NULL, '2026-11-27 00:48:30.822643', '2026-11-27 00:48:31.047004');
INSERT INTO public.dropsearch_claim VALUES (5, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'finalists', 1, 1, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.147409879423647,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, NULL, 0.5079365173975626, 370, 114048, 0, 2, NULL, NULL, '2026-11-27 00:48:30.080353', '2026-11-27 00:48:30.257433');
INSERT INTO public.dropsearch_claim VALUES (10, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'curve', 4, 1, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.3,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, NULL, 0.5000000099341074, 370, 342144, 2, 2, NULL, NULL, '2026-11-27 00:48:31.211386', '2026-11-27 00:48:31.363078');
INSERT INTO public.dropsearch_claim VALUES (7, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'curve', 1, 0, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.3,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, NULL, 0.5000000099341074, 370, 342144, 2, 2, NULL, NULL, '2026-11-27 00:48:30.598308', '2026-11-27 00:48:30.795982');
INSERT INTO public.dropsearch_claim VALUES (9, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'curve', 3, 1, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, NULL, 0.5000000099341074, 370, 342144, 2, 2, NULL, NULL, '2026-11-27 00:48:31.060107', '2026-11-27 00:48:31.202803');
INSERT INTO public.dropsearch_claim VALUES (12, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'holdout', 0, 0, '{"epochs": 3}', '{"batch_size":16,"bidirectional":false,"dropout":0.5,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 2, 1, 0, true, NULL, NULL, 0.5, 370, 513216, 2, 2, '{"examples": 4, "classes": {"number": 2, "worst": [{"name": "slow", "examples": 2, "recall": 0.0, "taken_for": "fast"}, {"name": "fast", "examples": 2, "recall": 1.0, "taken_for": null}]}}', NULL, '2026-11-27 00:48:31.666299', '2026-11-27 00:48:31.821029');
INSERT INTO public.dropsearch_claim VALUES (11, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'curve', 5, 1, '{}', '{"batch_size":16,"bidirectional":false,"dropout":0.5,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 4, 1, 0, true, NULL, NULL, 0.5000000099341074, 370, 342144, 2, 2, NULL, NULL, '2026-11-27 00:48:31.377616', '2026-11-27 00:48:31.542757');
INSERT INTO public.dropsearch_claim VALUES (13, 'bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'holdout', 1, 0, '{"epochs": 3}', '{"batch_size":16,"bidirectional":false,"dropout":0,"hidden_size":8,"layers":1,"learning_rate":0.01,"mask":"standard","pooling":"last","recurrent":"none","weight_decay":0}', 'done', 'vm/be99ebc9:8551:81625:5ebe8884', 2, 1, 0, true, NULL, NULL, 0.5, 370, 513216, 2, 2, '{"examples": 4, "classes": {"number": 2, "worst": [{"name": "slow", "examples": 2, "recall": 0.0, "taken_for": "fast"}, {"name": "fast", "examples": 2, "recall": 1.0, "taken_for": null}]}}', NULL, '2026-11-27 00:48:31.862609', '2026-11-27 00:48:32.0435');
INSERT INTO public.dropsearch_fold_score VALUES (1, 0, 0, 0.7388014793395996, 0.7376399040222168, 0.4285714328289032, 1, 0.11686297500000364);
INSERT INTO public.dropsearch_fold_score VALUES (1, 0, 1, 0.6844797134399414, 0.6763553619384766, 0.5714285969734192, 1, 0.11686297500000364);
INSERT INTO public.dropsearch_fold_score VALUES (1, 0, 2, 0.6969621777534485, 0.6934506297111511, 0.5, 1, 0.11686297500000364);
INSERT INTO public.dropsearch_fold_score VALUES (1, 1, 0, 0.7286815047264099, 0.728899359703064, 0.4285714328289032, 2, 0.017645044000005328);
INSERT INTO public.dropsearch_fold_score VALUES (1, 1, 1, 0.6848844289779663, 0.676892876625061, 0.5714285969734192, 2, 0.017645044000005328);
INSERT INTO public.dropsearch_fold_score VALUES (1, 1, 2, 0.6889793872833252, 0.6926857829093933, 0.6666666865348816, 2, 0.017645044000005328);
INSERT INTO public.dropsearch_fold_score VALUES (1, 2, 0, 0.7189798355102539, 0.7207538485527039, 0.4285714328289032, 3, 0.01975679700001365);
INSERT INTO public.dropsearch_fold_score VALUES (1, 2, 1, 0.6860389709472656, 0.6784990429878235, 0.5714285969734192, 3, 0.01975679700001365);
INSERT INTO public.dropsearch_fold_score VALUES (1, 2, 2, 0.6832541823387146, 0.6917994618415833, 0.6666666865348816, 3, 0.01975679700001365);
INSERT INTO public.dropsearch_fold_score VALUES (2, 0, 0, 0.6712489128112793, 0.6775237321853638, 0.5714285969734192, 1, 0.06701597599999332);
INSERT INTO public.dropsearch_fold_score VALUES (2, 0, 1, 0.8295851945877075, 0.8180813193321228, 0.4285714328289032, 1, 0.06701597599999332);
INSERT INTO public.dropsearch_fold_score VALUES (2, 0, 2, 0.9769096374511719, 0.7530571818351746, 0.5, 1, 0.06701597599999332);
INSERT INTO public.dropsearch_fold_score VALUES (2, 1, 0, 0.6704130172729492, 0.6774112582206726, 0.5714285969734192, 2, 0.039137041999993016);
INSERT INTO public.dropsearch_fold_score VALUES (2, 1, 1, 0.8198490142822266, 0.8077660799026489, 0.4285714328289032, 2, 0.039137041999993016);
INSERT INTO public.dropsearch_fold_score VALUES (2, 1, 2, 0.9677207469940186, 0.7495366930961609, 0.5, 2, 0.039137041999993016);
INSERT INTO public.dropsearch_fold_score VALUES (2, 2, 0, 0.6697254776954651, 0.6774840950965881, 0.5714285969734192, 3, 0.0419724739999765);
INSERT INTO public.dropsearch_fold_score VALUES (2, 2, 1, 0.8097190856933594, 0.7965863943099976, 0.4285714328289032, 3, 0.0419724739999765);
INSERT INTO public.dropsearch_fold_score VALUES (2, 2, 2, 0.9522444605827332, 0.7450435161590576, 0.5, 3, 0.0419724739999765);
INSERT INTO public.dropsearch_fold_score VALUES (3, 0, 0, 0.6712489128112793, 0.6775237321853638, 0.5714285969734192, 1, 0.04416711999999734);
INSERT INTO public.dropsearch_fold_score VALUES (3, 0, 1, 0.8295851945877075, 0.8180813193321228, 0.4285714328289032, 1, 0.04416711999999734);
INSERT INTO public.dropsearch_fold_score VALUES (3, 0, 2, 0.9775950908660889, 0.7536613941192627, 0.5, 1, 0.04416711999999734);
INSERT INTO public.dropsearch_fold_score VALUES (3, 1, 0, 0.6706336140632629, 0.6774883270263672, 0.5714285969734192, 2, 0.041265865000013946);
INSERT INTO public.dropsearch_fold_score VALUES (3, 1, 1, 0.8198567032814026, 0.8077790141105652, 0.4285714328289032, 2, 0.041265865000013946);
INSERT INTO public.dropsearch_fold_score VALUES (3, 1, 2, 0.9699894785881042, 0.7508528232574463, 0.5, 2, 0.041265865000013946);
INSERT INTO public.dropsearch_fold_score VALUES (3, 2, 0, 0.6701655983924866, 0.677606999874115, 0.5714285969734192, 3, 0.06703901999992468);
INSERT INTO public.dropsearch_fold_score VALUES (3, 2, 1, 0.8097382187843323, 0.7966194152832031, 0.4285714328289032, 3, 0.06703901999992468);
INSERT INTO public.dropsearch_fold_score VALUES (3, 2, 2, 0.9559301733970642, 0.7468728423118591, 0.5, 3, 0.06703901999992468);
INSERT INTO public.dropsearch_fold_score VALUES (4, 0, 0, 0.6813482642173767, 0.6854512095451355, 0.5714285969734192, 1, 0.051258754000059525);
INSERT INTO public.dropsearch_fold_score VALUES (4, 0, 1, 0.7229846715927124, 0.6828047633171082, 0.5714285969734192, 1, 0.051258754000059525);
INSERT INTO public.dropsearch_fold_score VALUES (4, 0, 2, 0.7369714379310608, 0.6978508830070496, 0.5, 1, 0.051258754000059525);
INSERT INTO public.dropsearch_fold_score VALUES (4, 1, 0, 0.6821193099021912, 0.68451988697052, 0.5714285969734192, 2, 0.05998552399989876);
INSERT INTO public.dropsearch_fold_score VALUES (4, 1, 1, 0.71495121717453, 0.6815341114997864, 0.5714285969734192, 2, 0.05998552399989876);
INSERT INTO public.dropsearch_fold_score VALUES (4, 1, 2, 0.7293071150779724, 0.6980776786804199, 0.5, 2, 0.05998552399989876);
INSERT INTO public.dropsearch_fold_score VALUES (4, 2, 0, 0.6833321452140808, 0.6840419769287109, 0.5714285969734192, 3, 0.036418707000052564);
INSERT INTO public.dropsearch_fold_score VALUES (4, 2, 1, 0.7070246934890747, 0.680046021938324, 0.5714285969734192, 3, 0.036418707000052564);
INSERT INTO public.dropsearch_fold_score VALUES (4, 2, 2, 0.7218236923217773, 0.6983444094657898, 0.5, 3, 0.036418707000052564);
INSERT INTO public.dropsearch_fold_score VALUES (5, 0, 0, 0.7576389908790588, 0.7594946026802063, 0.4285714328289032, 1, 0.033536816000037106);
INSERT INTO public.dropsearch_fold_score VALUES (5, 0, 1, 0.6878762245178223, 0.688242495059967, 0.7142857313156128, 1, 0.033536816000037106);
INSERT INTO public.dropsearch_fold_score VALUES (5, 0, 2, 0.7099609375, 0.6725632548332214, 0.6666666865348816, 1, 0.033536816000037106);
INSERT INTO public.dropsearch_fold_score VALUES (5, 1, 0, 0.7425938844680786, 0.744618833065033, 0.4285714328289032, 2, 0.02521807200002968);
INSERT INTO public.dropsearch_fold_score VALUES (5, 1, 1, 0.6770983934402466, 0.6896387934684753, 0.5714285969734192, 2, 0.02521807200002968);
INSERT INTO public.dropsearch_fold_score VALUES (5, 1, 2, 0.7090995907783508, 0.6697888374328613, 0.6666666865348816, 2, 0.02521807200002968);
INSERT INTO public.dropsearch_fold_score VALUES (5, 2, 0, 0.7297883033752441, 0.7320256233215332, 0.4285714328289032, 3, 0.03089417399996819);
INSERT INTO public.dropsearch_fold_score VALUES (5, 2, 1, 0.6656111478805542, 0.6918731927871704, 0.4285714328289032, 3, 0.03089417399996819);
INSERT INTO public.dropsearch_fold_score VALUES (5, 2, 2, 0.7084174156188965, 0.6667574048042297, 0.6666666865348816, 3, 0.03089417399996819);
INSERT INTO public.dropsearch_fold_score VALUES (6, 0, 0, 0.7973461151123047, 0.6816009283065796, 0.5714285969734192, 1, 0.02785452399996302);
INSERT INTO public.dropsearch_fold_score VALUES (6, 0, 1, 0.6179495453834534, 0.761146068572998, 0.4285714328289032, 1, 0.02785452399996302);
INSERT INTO public.dropsearch_fold_score VALUES (6, 0, 2, 0.6589033007621765, 0.700098991394043, 0.5, 1, 0.02785452399996302);
INSERT INTO public.dropsearch_fold_score VALUES (6, 1, 0, 0.7804125547409058, 0.6792295575141907, 0.5714285969734192, 2, 0.02447207399995932);
INSERT INTO public.dropsearch_fold_score VALUES (6, 1, 1, 0.6241175532341003, 0.7458564043045044, 0.4285714328289032, 2, 0.02447207399995932);
INSERT INTO public.dropsearch_fold_score VALUES (6, 1, 2, 0.6469064354896545, 0.7023677229881287, 0.5, 2, 0.02447207399995932);
INSERT INTO public.dropsearch_fold_score VALUES (6, 2, 0, 0.7637462615966797, 0.6772783398628235, 0.5714285969734192, 3, 0.023926444999915475);
INSERT INTO public.dropsearch_fold_score VALUES (6, 2, 1, 0.6313766241073608, 0.7317671179771423, 0.4285714328289032, 3, 0.023926444999915475);
INSERT INTO public.dropsearch_fold_score VALUES (6, 2, 2, 0.6365877985954285, 0.7045197486877441, 0.5, 3, 0.023926444999915475);
INSERT INTO public.dropsearch_fold_score VALUES (7, 0, 0, 0.8008003830909729, 0.6818972229957581, 0.5714285969734192, 1, 0.03623969699992813);
INSERT INTO public.dropsearch_fold_score VALUES (7, 0, 1, 0.6178837418556213, 0.7625907063484192, 0.4285714328289032, 1, 0.03623969699992813);
INSERT INTO public.dropsearch_fold_score VALUES (7, 0, 2, 0.6730654239654541, 0.6979174017906189, 0.5, 1, 0.03623969699992813);
INSERT INTO public.dropsearch_fold_score VALUES (7, 1, 0, 0.7856300473213196, 0.6799203157424927, 0.5714285969734192, 2, 0.019625692999966304);
INSERT INTO public.dropsearch_fold_score VALUES (7, 1, 1, 0.6228014230728149, 0.7516259551048279, 0.4285714328289032, 2, 0.019625692999966304);
INSERT INTO public.dropsearch_fold_score VALUES (7, 1, 2, 0.6651425361633301, 0.6985730528831482, 0.5, 2, 0.019625692999966304);
INSERT INTO public.dropsearch_fold_score VALUES (7, 2, 0, 0.7719249725341797, 0.6785356402397156, 0.5714285969734192, 3, 0.0328483050000159);
INSERT INTO public.dropsearch_fold_score VALUES (7, 2, 1, 0.6285116076469421, 0.7410466074943542, 0.4285714328289032, 3, 0.0328483050000159);
INSERT INTO public.dropsearch_fold_score VALUES (7, 2, 2, 0.6541559100151062, 0.6996874809265137, 0.5, 3, 0.0328483050000159);
INSERT INTO public.dropsearch_fold_score VALUES (8, 0, 0, 0.8061948418617249, 0.6815882921218872, 0.5714285969734192, 1, 0.03794639900002039);
INSERT INTO public.dropsearch_fold_score VALUES (8, 0, 1, 0.617672860622406, 0.7638228535652161, 0.4285714328289032, 1, 0.03794639900002039);
INSERT INTO public.dropsearch_fold_score VALUES (8, 0, 2, 0.6819477677345276, 0.6956225037574768, 0.3333333432674408, 1, 0.03794639900002039);
INSERT INTO public.dropsearch_fold_score VALUES (8, 1, 0, 0.7938628196716309, 0.679442286491394, 0.5714285969734192, 2, 0.03954605299998093);
INSERT INTO public.dropsearch_fold_score VALUES (8, 1, 1, 0.6224837899208069, 0.7535812258720398, 0.4285714328289032, 2, 0.03954605299998093);
INSERT INTO public.dropsearch_fold_score VALUES (8, 1, 2, 0.6775708794593811, 0.6949647068977356, 0.5, 2, 0.03954605299998093);
INSERT INTO public.dropsearch_fold_score VALUES (8, 2, 0, 0.7822392582893372, 0.6783720254898071, 0.5714285969734192, 3, 0.029164968000031877);
INSERT INTO public.dropsearch_fold_score VALUES (8, 2, 1, 0.6267319321632385, 0.7453951835632324, 0.4285714328289032, 3, 0.029164968000031877);
INSERT INTO public.dropsearch_fold_score VALUES (8, 2, 2, 0.6713142991065979, 0.6952540278434753, 0.5, 3, 0.029164968000031877);
INSERT INTO public.dropsearch_fold_score VALUES (9, 0, 0, 0.7434012293815613, 0.6835278868675232, 0.5714285969734192, 1, 0.02682659800007059);
INSERT INTO public.dropsearch_fold_score VALUES (9, 0, 1, 0.7148598432540894, 0.7186566591262817, 0.4285714328289032, 1, 0.02682659800007059);
INSERT INTO public.dropsearch_fold_score VALUES (9, 0, 2, 0.6394956707954407, 0.7084531784057617, 0.5, 1, 0.02682659800007059);
INSERT INTO public.dropsearch_fold_score VALUES (9, 1, 0, 0.7325466871261597, 0.6801773905754089, 0.5714285969734192, 2, 0.038612242999988666);
INSERT INTO public.dropsearch_fold_score VALUES (9, 1, 1, 0.7045927047729492, 0.7079963684082031, 0.4285714328289032, 2, 0.038612242999988666);
INSERT INTO public.dropsearch_fold_score VALUES (9, 1, 2, 0.6404145359992981, 0.7009230256080627, 0.5, 2, 0.038612242999988666);
INSERT INTO public.dropsearch_fold_score VALUES (9, 2, 0, 0.7221540808677673, 0.6772274971008301, 0.5714285969734192, 3, 0.021335089999979573);
INSERT INTO public.dropsearch_fold_score VALUES (9, 2, 1, 0.6959969401359558, 0.6986077427864075, 0.4285714328289032, 3, 0.021335089999979573);
INSERT INTO public.dropsearch_fold_score VALUES (9, 2, 2, 0.6416322588920593, 0.6934357285499573, 0.5, 3, 0.021335089999979573);
INSERT INTO public.dropsearch_fold_score VALUES (10, 0, 0, 0.7446767091751099, 0.683845043182373, 0.5714285969734192, 1, 0.024763737000057517);
INSERT INTO public.dropsearch_fold_score VALUES (10, 0, 1, 0.7234043478965759, 0.726829469203949, 0.4285714328289032, 1, 0.024763737000057517);
INSERT INTO public.dropsearch_fold_score VALUES (10, 0, 2, 0.6397514939308167, 0.7088242173194885, 0.5, 1, 0.024763737000057517);
INSERT INTO public.dropsearch_fold_score VALUES (10, 1, 0, 0.7349047660827637, 0.6807711720466614, 0.5714285969734192, 2, 0.02223501399998895);
INSERT INTO public.dropsearch_fold_score VALUES (10, 1, 1, 0.7178969979286194, 0.7205802202224731, 0.4285714328289032, 2, 0.02223501399998895);
INSERT INTO public.dropsearch_fold_score VALUES (10, 1, 2, 0.6406089663505554, 0.7025079727172852, 0.5, 2, 0.02223501399998895);
INSERT INTO public.dropsearch_fold_score VALUES (10, 2, 0, 0.7255652546882629, 0.6780955195426941, 0.5714285969734192, 3, 0.03568987100004506);
INSERT INTO public.dropsearch_fold_score VALUES (10, 2, 1, 0.7109741568565369, 0.7131198644638062, 0.4285714328289032, 3, 0.03568987100004506);
INSERT INTO public.dropsearch_fold_score VALUES (10, 2, 2, 0.6416642665863037, 0.6960236430168152, 0.5, 3, 0.03568987100004506);
INSERT INTO public.dropsearch_fold_score VALUES (11, 0, 0, 0.7440651655197144, 0.6837230920791626, 0.5714285969734192, 1, 0.016355409999960102);
INSERT INTO public.dropsearch_fold_score VALUES (11, 0, 1, 0.7235404253005981, 0.7272725701332092, 0.4285714328289032, 1, 0.016355409999960102);
INSERT INTO public.dropsearch_fold_score VALUES (11, 0, 2, 0.6397051215171814, 0.7097539901733398, 0.5, 1, 0.016355409999960102);
INSERT INTO public.dropsearch_fold_score VALUES (11, 1, 0, 0.7344495058059692, 0.6807740926742554, 0.5714285969734192, 2, 0.030193704999987858);
INSERT INTO public.dropsearch_fold_score VALUES (11, 1, 1, 0.7188863158226013, 0.7220882177352905, 0.4285714328289032, 2, 0.030193704999987858);
INSERT INTO public.dropsearch_fold_score VALUES (11, 1, 2, 0.6405144333839417, 0.7033464908599854, 0.5, 2, 0.030193704999987858);
INSERT INTO public.dropsearch_fold_score VALUES (11, 2, 0, 0.725299060344696, 0.678281307220459, 0.5714285969734192, 3, 0.03208169600009114);
INSERT INTO public.dropsearch_fold_score VALUES (11, 2, 1, 0.7136096954345703, 0.7163826823234558, 0.4285714328289032, 3, 0.03208169600009114);
INSERT INTO public.dropsearch_fold_score VALUES (11, 2, 2, 0.6415085792541504, 0.6976856589317322, 0.5, 3, 0.03208169600009114);
INSERT INTO public.dropsearch_fold_score VALUES (12, 2, 0, 0.7860777974128723, 0.7129479646682739, 0.5, 6, 0.018035153000028004);
INSERT INTO public.dropsearch_fold_score VALUES (13, 2, 0, 0.7782572507858276, 0.7097947597503662, 0.5, 6, 0.04372015699993881);
INSERT INTO public.dropsearch_study VALUES ('bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d', 'tones', '{"study": "tones", "data": {"path": "/work/main/tests/studies/frozen/tones.csv", "task": "classify", "time": "step", "series": "series", "target": "label", "features": null, "categories": [], "text": null, "tokens": "words", "vocabulary": 20000, "max_tokens": 400, "group": null, "missing": "refuse", "repeated": "keep", "scale": "auto", "window": null, "horizon": null}, "folds": {"kind": "auto", "count": 3, "column": null, "across": "auto", "gap": 0, "holdout": "auto"}, "model": {"hidden_size": [4, 8], "layers": 1, "bidirectional": false, "pooling": "last", "embedding_size": 64, "dropout": {"low": 0.0, "high": 0.8}, "mask": "standard", "recurrent": "none"}, "training": {"epochs": 3, "patience": 6, "batch_size": 16, "learning_rate": 0.01, "weight_decay": 0.0, "clip": 1.0, "class_weights": false, "accelerator": "auto"}, "search": {"trials": 3, "timeout": null, "metric": "auto", "objectives": ["score"], "sampler": "tpe", "pruner": "median", "seed": 0}, "confirm": {"finalists": 1, "rates": [0.0, 0.3], "repeats": 2, "smallest_effect": "auto"}, "selected": null}', '47e583fdf037ca9d27c478f807630d2e7a0dc603163d14b7fa66980b378f51d3', '{"task": "classify", "rows": 246, "series": 24, "examples": 24, "lengths": {"min": 6, "median": 11.0, "max": 14}, "features": ["x"], "categories": [], "left_out": {}, "notes": [], "fingerprint": "47e583fdf037ca9d27c478f807630d2e7a0dc603163d14b7fa66980b378f51d3", "classes": {"fast": 12, "slow": 12}, "folds": [{"train": 13, "validate": 7}, {"train": 13, "validate": 7}, {"train": 14, "validate": 6}], "fold_ratio": 0.5018315018315018, "fold_kind": "stratified", "bounded": true, "persistence": null, "fold_why": "stratified: examples are dealt at random, each fold with the classes in equal shares; the task is to classify.", "fold_notes": [], "holdout": 4, "holdout_baselines": {"majority class": 0.5}, "holdout_times": {}, "baselines": {"majority class": [0.42857142857142855, 0.42857142857142855, 0.5]}}', '{"python": "3.11.7", "dropsearch": "0.1.0", "torch": "2.13.0+cpu", "pytorch-lightning": "2.6.6", "optuna": "5.0.0", "scikit-learn": "1.9.1", "numpy": "2.4.6"}', 'accuracy', 'maximize', 'done', false, false, NULL, '{"finalists": [{"batch_size": 16, "bidirectional": false, "dropout": 0.147409879423647, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}], "curve": {"key": "dropout", "rates": [[0.0, 0], [0.3, 1], [0.5, 2]], "sites": {}, "half": 2, "winner": 0, "zero": 0, "control": null, "members": [{"batch_size": 16, "bidirectional": false, "dropout": 0.0, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}, {"batch_size": 16, "bidirectional": false, "dropout": 0.3, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}, {"batch_size": 16, "bidirectional": false, "dropout": 0.5, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}], "allowed": [true, true, true]}, "look": 1, "holdout": {"seen": 1, "recommended": {"batch_size": 16, "bidirectional": false, "dropout": 0.5, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}}}', '{"study": "tones", "rests_on": "curve", "trial": null, "point": {"batch_size": 16, "bidirectional": false, "dropout": 0.5, "hidden_size": 8, "layers": 1, "learning_rate": 0.01, "mask": "standard", "pooling": "last", "recurrent": "none", "weight_decay": 0}, "metric": "accuracy", "direction": "maximize", "score": 0.5000000099341074, "standard_error": 0.052235665653165314, "fold_scores": [0.5714285969734192, 0.4285714328289032, 0.5, 0.5714285969734192, 0.4285714328289032, 0.5], "epochs": 3, "trials": 3, "baseline": "majority class", "baseline_score": 0.4523809523809524, "verdict": "does not help", "verdict_against_half": "does not help", "smallest_effect": 0.01, "level": 0.95, "holdout": {"score": 0.5, "without_dropout": 0.5, "at_half": 0.5, "baselines": {"majority class": 0.5}, "examples": 4, "times_scored": 1}, "sentences": ["Use dropout 0.5 with 1 layer of 8 units (learning rate 0.01, 3 epochs).", "Its accuracy is 0.5, give or take 0.052 (corrected standard error), in 2 x 3 newly drawn folds.", "Dropout does not help here: no rate can gain more than 0.01 over none (95 % for all rates at once).", "The habit of 0.5 scored best.", "Not told apart from it: 0, 0.3; as good as it: 0, 0.3.", "With no network, majority class has 0.4524 on such folds. The network is no better than that, as far as these folds show.", "On the holdout of 4 examples it scores 0.5 (without dropout: 0.5; majority class: 0.5)."], "warnings": [], "table": [{"configuration": "dropout 0", "rate": 0.0, "recommended": false, "score": 0.5000000099341074, "standard_error": 0.052235665653165314, "epochs": 3, "over_zero": null, "over_half": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "behind_recommended": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "told_apart": false, "as_good": true}, {"configuration": "dropout 0.3", "rate": 0.3, "recommended": false, "score": 0.5000000099341074, "standard_error": 0.052235665653165314, "epochs": 3, "over_zero": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "over_half": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "behind_recommended": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "told_apart": false, "as_good": true}, {"configuration": "dropout 0.5", "rate": 0.5, "recommended": true, "score": 0.5000000099341074, "standard_error": 0.052235665653165314, "epochs": 3, "over_zero": {"mean": 0.0, "low": 0.0, "high": 0.0, "standard_error": 0.0}, "over_half": null, "behind_recommended": null, "told_apart": null, "as_good": null}]}', '2026-11-27 00:48:27.499094', '2026-11-27 00:48:32.215538');
INSERT INTO public.studies VALUES (1, 'tones');
INSERT INTO public.study_directions VALUES (1, 'MAXIMIZE', 1, 0);
INSERT INTO public.study_system_attributes VALUES (1, 1, 'study:metric_names', '["accuracy"]');
INSERT INTO public.study_system_attributes VALUES (2, 1, 'dashboard:plot_data:response-curve:0', '"{\"data\":[{\"hovertemplate\":\"%{text}: accuracy %{y:.4g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#8795a3\",\"opacity\":0.45,\"size\":6},\"mode\":\"markers\",\"name\":\"trials of the search\",\"text\":[\"trial 0, dropout 0.147, 1 layer of 8 units\",\"trial 1, dropout 0.782, 1 layer of 4 units\",\"trial 2, dropout 0.786, 1 layer of 4 units\"],\"x\":[0.147409879423647,0.781763322509307,0.7864077934748019],\"y\":[0.5555555721124014,0.5000000099341074,0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"fill\":\"toself\",\"fillcolor\":\"rgba(42,125,225,.18)\",\"hoverinfo\":\"skip\",\"mode\":\"none\",\"showlegend\":false,\"x\":[0.0,0.3,0.5,0.5,0.3,0.0],\"y\":[0.5522356755872727,0.5522356755872727,0.5522356755872727,0.44776434428094214,0.44776434428094214,0.44776434428094214],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"customdata\":[0.052235665653165314,0.052235665653165314,0.052235665653165314],\"hovertemplate\":\"rate %{x:.3g}: accuracy %{y:.4g} \\u00b1 %{customdata:.2g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"line\":{\"color\":\"#2a7de1\",\"width\":2},\"marker\":{\"color\":\"#2a7de1\",\"size\":7},\"mode\":\"lines+markers\",\"name\":\"mean \\u00b1 standard error\",\"showlegend\":true,\"x\":[0.0,0.3,0.5],\"y\":[0.5000000099341074,0.5000000099341074,0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"hovertemplate\":\"recommended: accuracy %{y:.4g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#d9691f\",\"line\":{\"color\":\"white\",\"width\":1.5},\"size\":13},\"mode\":\"markers\",\"name\":\"recommended\",\"showlegend\":true,\"x\":[0.5],\"y\":[0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"hovertemplate\":\"no dropout: accuracy %{y:.4g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#6f7f8f\",\"line\":{\"width\":2},\"size\":15,\"symbol\":\"square-open\"},\"mode\":\"markers\",\"name\":\"no dropout\",\"x\":[0.0],\"y\":[0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"hovertemplate\":\"0.5, the habit: accuracy %{y:.4g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#6f7f8f\",\"line\":{\"width\":2},\"size\":15,\"symbol\":\"diamond-open\"},\"mode\":\"marke"');
INSERT INTO public.study_system_attributes VALUES (3, 1, 'dashboard:plot_data:response-curve:1', '"rs\",\"name\":\"0.5, the habit\",\"x\":[0.5],\"y\":[0.5000000099341074],\"type\":\"scatter\",\"xaxis\":\"x\",\"yaxis\":\"y\"},{\"customdata\":[[0.0,0.0],[0.0,0.0]],\"error_y\":{\"array\":[0.0,0.0],\"color\":\"#6f7f8f\",\"thickness\":2,\"width\":5},\"hovertemplate\":\"rate %{x:.3g}: %{y:.3g} better than none, between %{customdata[0]:.3g} and %{customdata[1]:.3g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"marker\":{\"color\":\"#6f7f8f\",\"size\":8},\"mode\":\"markers\",\"showlegend\":false,\"x\":[0.3,0.5],\"y\":[0.0,0.0],\"type\":\"scatter\",\"xaxis\":\"x2\",\"yaxis\":\"y2\"}],\"layout\":{\"template\":{\"data\":{\"scatter\":[{\"type\":\"scatter\"}]}},\"xaxis\":{\"anchor\":\"y\",\"domain\":[0.0,1.0],\"matches\":\"x2\",\"showticklabels\":false,\"title\":{\"font\":{\"size\":13},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"yaxis\":{\"anchor\":\"x\",\"domain\":[0.4234,1.0],\"title\":{\"text\":\"accuracy\",\"font\":{\"size\":11},\"standoff\":8},\"range\":[0.44237478288936916,0.5609451335039743],\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"xaxis2\":{\"anchor\":\"y2\",\"domain\":[0.0,1.0],\"title\":{\"text\":\"dropout rate\",\"font\":{\"size\":13},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"yaxis2\":{\"anchor\":\"x2\",\"domain\":[0.0,0.3534],\"title\":{\"text\":\"accuracy gained\\u003cbr\\u003eover no dropout\",\"font\":{\"size\":11},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"shapes\":[{\"line\":{\"color\":\"#8795a3\",\"dash\":\"dot\",\"width\":1.5},\"type\":\"line\",\"x0\":0,\"x1\":1,\"xref\":\"x domain\",\"y0\":0.4523809523809524,\"y1\":0.4523809523809524,\"yref\":\"y\"},{\"line\":{\"color\":\"#6f7f8f\",\"width\":1.5},\"type\":\"line\",\"x0\":0,\"x1\":1,\"xref\":\"x2 domain\",\"y0\":0,\"y1\":0,\"yref\":\"y2\"},{\"line\":{\"color\":\"#8795a3\",\"dash\":\"dot\",\"width\":1.5},\"type\":\"line\",\"x0\":0,\"x1\":1,\"xref\":\"x2 domain\",\"y0\":0.01,\"y1\":0.01,\"yref\":\"y2\"}],\"annotations\":[{\"font\":{\"size\":11},\"showarrow\":false,\"text\":\"without a network\",\"x\":1,\"xanchor\":\"right\","');
INSERT INTO public.study_system_attributes VALUES (4, 1, 'dashboard:plot_data:response-curve:2', '"\"xref\":\"x domain\",\"y\":0.4523809523809524,\"yanchor\":\"bottom\",\"yref\":\"y\"},{\"font\":{\"size\":11},\"showarrow\":false,\"text\":\"worth having: 0.01\",\"x\":1,\"xanchor\":\"right\",\"xref\":\"x2 domain\",\"y\":0.01,\"yanchor\":\"bottom\",\"yref\":\"y2\"}],\"font\":{\"color\":\"#33404d\",\"size\":13,\"family\":\"system-ui, -apple-system, ''Segoe UI'', sans-serif\"},\"margin\":{\"l\":60,\"r\":15,\"t\":45,\"b\":45},\"legend\":{\"font\":{\"size\":11},\"orientation\":\"h\",\"x\":0,\"y\":-0.2,\"yanchor\":\"top\"},\"title\":{\"text\":\"Response curve\",\"x\":0.01},\"paper_bgcolor\":\"white\",\"plot_bgcolor\":\"white\",\"height\":450,\"hovermode\":\"closest\"}}"');
INSERT INTO public.study_system_attributes VALUES (5, 1, 'dashboard:plot_data:overfitting:0', '"{\"data\":[{\"customdata\":[0.04555657550519047,0.04597572170469686,0.04759559849785972],\"error_y\":{\"array\":[0.04555657550519047,0.04597572170469686,0.04759559849785972],\"color\":\"#d9691f\",\"thickness\":1.5,\"width\":3},\"hovertemplate\":\"training, dropout off: %{y:.4g} \\u00b1 %{customdata:.2g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"line\":{\"color\":\"#d9691f\",\"width\":2},\"marker\":{\"color\":\"#d9691f\",\"size\":8},\"mode\":\"lines+markers\",\"name\":\"training, dropout off\",\"x\":[0.0,0.3,0.5],\"y\":[0.6807058155536652,0.6887993613878886,0.6934504707654318],\"type\":\"scatter\"},{\"customdata\":[0.02068927811592724,0.019370210669467286,0.020924989249097962],\"error_y\":{\"array\":[0.02068927811592724,0.019370210669467286,0.020924989249097962],\"color\":\"#2a7de1\",\"thickness\":1.5,\"width\":3},\"hovertemplate\":\"validation: %{y:.4g} \\u00b1 %{customdata:.2g}\\u003cextra\\u003e\\u003c\\u002fextra\\u003e\",\"line\":{\"color\":\"#2a7de1\",\"width\":2},\"marker\":{\"color\":\"#2a7de1\",\"size\":8},\"mode\":\"lines+markers\",\"name\":\"validation\",\"x\":[0.0,0.3,0.5],\"y\":[0.6994875768820444,0.7010847926139832,0.701895147562027],\"type\":\"scatter\"}],\"layout\":{\"template\":{\"data\":{\"scatter\":[{\"type\":\"scatter\"}]}},\"shapes\":[{\"line\":{\"color\":\"#8795a3\",\"dash\":\"dot\",\"width\":1.5},\"type\":\"line\",\"x0\":0.5,\"x1\":0.5,\"xref\":\"x\",\"y0\":0,\"y1\":1,\"yref\":\"y domain\"}],\"annotations\":[{\"font\":{\"size\":11},\"showarrow\":false,\"text\":\"recommended\",\"x\":0.5,\"xanchor\":\"left\",\"xref\":\"x\",\"y\":1,\"yanchor\":\"top\",\"yref\":\"y domain\"}],\"xaxis\":{\"title\":{\"text\":\"dropout rate\",\"font\":{\"size\":13},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"yaxis\":{\"title\":{\"text\":\"loss\",\"font\":{\"size\":11},\"standoff\":8},\"gridcolor\":\"rgba(135,149,163,.3)\",\"linecolor\":\"rgba(135,149,163,.3)\",\"zeroline\":false,\"automargin\":true},\"font\":{\"color\":\"#33404d\",\"size\":13,\"family\":\"system-ui, -apple-system, ''Segoe UI'', sans-serif\"},\"margin\":{\"l\":60,\"r\":15,\"t\":45,\"b\":45},\"legend\":{\"font\":{\"size\":11},\"orientation\":\"h\",\"x\":0,\"y\":-0.2,\"yanchor\":\"top\"},\"title\":{\"text\":\"Overfitting\",\"x\":0.01},\"pap"');
INSERT INTO public.study_system_attributes VALUES (6, 1, 'dashboard:plot_data:overfitting:1', '"er_bgcolor\":\"white\",\"plot_bgcolor\":\"white\",\"height\":450,\"hovermode\":\"closest\"}}"');
INSERT INTO public.study_system_attributes VALUES (7, 1, 'artifacts:9a8534c7-e752-5da5-851e-bb4fb5c280a8', '"{\"artifact_id\": \"9a8534c7-e752-5da5-851e-bb4fb5c280a8\", \"filename\": \"best.yaml\", \"mimetype\": \"application/yaml\", \"encoding\": null}"');
INSERT INTO public.study_system_attributes VALUES (8, 1, 'dashboard:note_ver', '1');
INSERT INTO public.study_system_attributes VALUES (9, 1, 'dashboard:note_str:0', '"**Use dropout 0.5 with 1 layer of 8 units (learning rate 0.01, 3 epochs).**\n\n- Its accuracy is 0.5, give or take 0.052 (corrected standard error), in 2 x 3 newly drawn folds.\n- Dropout does not help here: no rate can gain more than 0.01 over none (95 % for all rates at once).\n- The habit of 0.5 scored best.\n- Not told apart from it: 0, 0.3; as good as it: 0, 0.3.\n- With no network, majority class has 0.4524 on such folds. The network is no better than that, as far as these folds show.\n- On the holdout of 4 examples it scores 0.5 (without dropout: 0.5; majority class: 0.5).\n\n| configuration | \u2003accuracy | \u2003over none | \u2003over 0.5 | \u2003epochs |\n| :-- | --: | --: | --: | --: |\n| dropout 0 | \u20030.500 \u00b1 0.052 | \u2003 | \u2003+0.000 (+0.000 to +0.000) | \u20033 |\n| dropout 0.3 | \u20030.500 \u00b1 0.052 | \u2003+0.000 (+0.000 to +0.000) | \u2003+0.000 (+0.000 to +0.000) | \u20033 |\n| **dropout 0.5** | \u20030.500 \u00b1 0.052 | \u2003+0.000 (+0.000 to +0.000) | \u2003 | \u20033 |\n\nOver none, over 0.5: the difference, more is better, and its interval.\n\nFiles: [best.yaml](/artifacts/1/9a8534c7-e752-5da5-851e-bb4fb5c280a8), [report.html](/artifacts/1/91a40463-9130-517b-bd98-9ecfded4348a)"');
INSERT INTO public.study_user_attributes VALUES (1, 1, 'dropsearch_uuid', '"bb0cfdf2-dc2b-4b60-b0e1-74fb7093783d"');
INSERT INTO public.study_user_attributes VALUES (2, 1, 'dropsearch_note', '["e5cfad004d5eff28"]');
INSERT INTO public.trial_intermediate_values VALUES (1, 1, 0, 0.5000000099341074, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (2, 1, 1, 0.5555555721124014, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (3, 1, 2, 0.5555555721124014, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (4, 2, 0, 0.5000000099341074, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (5, 2, 1, 0.5000000099341074, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (6, 2, 2, 0.5000000099341074, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (7, 3, 0, 0.5000000099341074, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (8, 3, 1, 0.5000000099341074, 'FINITE');
INSERT INTO public.trial_intermediate_values VALUES (9, 3, 2, 0.5000000099341074, 'FINITE');
INSERT INTO public.trial_params VALUES (1, 1, 'hidden_size', 1, '{"name": "CategoricalDistribution", "attributes": {"choices": [4, 8]}}');
INSERT INTO public.trial_params VALUES (2, 1, 'dropout', 0.147409879423647, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.8, "log": false}}');
INSERT INTO public.trial_params VALUES (3, 2, 'hidden_size', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [4, 8]}}');
INSERT INTO public.trial_params VALUES (4, 2, 'dropout', 0.781763322509307, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.8, "log": false}}');
INSERT INTO public.trial_params VALUES (5, 3, 'hidden_size', 0, '{"name": "CategoricalDistribution", "attributes": {"choices": [4, 8]}}');
INSERT INTO public.trial_params VALUES (6, 3, 'dropout', 0.7864077934748019, '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 0.8, "log": false}}');
INSERT INTO public.trial_user_attributes VALUES (1, 1, 'claim', '1');
INSERT INTO public.trial_user_attributes VALUES (2, 1, 'fold_scores', '[0.4285714328289032, 0.5714285969734192, 0.6666666865348816]');
INSERT INTO public.trial_user_attributes VALUES (3, 1, 'standard_error', '0.10951737095636022');
INSERT INTO public.trial_user_attributes VALUES (4, 1, 'best_epoch', '2');
INSERT INTO public.trial_user_attributes VALUES (5, 1, 'parameters', '370');
INSERT INTO public.trial_user_attributes VALUES (6, 1, 'cost', '342144.0');
INSERT INTO public.trial_user_attributes VALUES (7, 1, 'seconds', '0.331');
INSERT INTO public.trial_user_attributes VALUES (8, 2, 'claim', '2');
INSERT INTO public.trial_user_attributes VALUES (9, 2, 'fold_scores', '[0.5714285969734192, 0.4285714328289032, 0.5]');
INSERT INTO public.trial_user_attributes VALUES (10, 2, 'standard_error', '0.06527669068865359');
INSERT INTO public.trial_user_attributes VALUES (11, 2, 'best_epoch', '2');
INSERT INTO public.trial_user_attributes VALUES (12, 2, 'parameters', '122');
INSERT INTO public.trial_user_attributes VALUES (13, 2, 'cost', '95040.0');
INSERT INTO public.trial_user_attributes VALUES (14, 2, 'seconds', '0.344');
INSERT INTO public.trial_user_attributes VALUES (15, 3, 'claim', '3');
INSERT INTO public.trial_user_attributes VALUES (16, 3, 'fold_scores', '[0.5714285969734192, 0.4285714328289032, 0.5]');
INSERT INTO public.trial_user_attributes VALUES (17, 3, 'standard_error', '0.06527669068865359');
INSERT INTO public.trial_user_attributes VALUES (18, 3, 'best_epoch', '2');
INSERT INTO public.trial_user_attributes VALUES (19, 3, 'parameters', '122');
INSERT INTO public.trial_user_attributes VALUES (20, 3, 'cost', '95040.0');
INSERT INTO public.trial_user_attributes VALUES (21, 3, 'seconds', '0.377');
INSERT INTO public.trial_values VALUES (1, 1, 0, 0.5555555721124014, 'FINITE');
INSERT INTO public.trial_values VALUES (2, 2, 0, 0.5000000099341074, 'FINITE');
INSERT INTO public.trial_values VALUES (3, 3, 0, 0.5000000099341074, 'FINITE');
INSERT INTO public.trials VALUES (1, 0, 1, 'COMPLETE', '2026-11-27 00:48:28.103832', '2026-11-27 00:48:28.571745');
INSERT INTO public.trials VALUES (2, 1, 1, 'COMPLETE', '2026-11-27 00:48:28.648242', '2026-11-27 00:48:29.138262');
INSERT INTO public.trials VALUES (3, 2, 1, 'COMPLETE', '2026-11-27 00:48:29.209071', '2026-11-27 00:48:29.71993');
INSERT INTO public.version_info VALUES (1, 12, '5.0.0');
SELECT pg_catalog.setval('public.dropsearch_claim_id_seq', 13, true);
SELECT pg_catalog.setval('public.studies_study_id_seq', 1, true);
SELECT pg_catalog.setval('public.study_directions_study_direction_id_seq', 1, true);
SELECT pg_catalog.setval('public.study_system_attributes_study_system_attribute_id_seq', 9, true);
SELECT pg_catalog.setval('public.study_user_attributes_study_user_attribute_id_seq', 2, true);
SELECT pg_catalog.setval('public.trial_heartbeats_trial_heartbeat_id_seq', 1, false);
SELECT pg_catalog.setval('public.trial_intermediate_values_trial_intermediate_value_id_seq', 9, true);
SELECT pg_catalog.setval('public.trial_params_param_id_seq', 6, true);
SELECT pg_catalog.setval('public.trial_system_attributes_trial_system_attribute_id_seq', 1, false);
SELECT pg_catalog.setval('public.trial_user_attributes_trial_user_attribute_id_seq', 21, true);
SELECT pg_catalog.setval('public.trial_values_trial_value_id_seq', 3, true);
SELECT pg_catalog.setval('public.trials_trial_id_seq', 3, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.dropsearch_alembic_version
    ADD CONSTRAINT dropsearch_alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.dropsearch_claim
    ADD CONSTRAINT pk_dropsearch_claim PRIMARY KEY (id);
ALTER TABLE ONLY public.dropsearch_fold_score
    ADD CONSTRAINT pk_dropsearch_fold_score PRIMARY KEY (claim, epoch, fold);
ALTER TABLE ONLY public.dropsearch_study
    ADD CONSTRAINT pk_dropsearch_study PRIMARY KEY (uuid);
ALTER TABLE ONLY public.studies
    ADD CONSTRAINT studies_pkey PRIMARY KEY (study_id);
ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_pkey PRIMARY KEY (study_direction_id);
ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_study_id_objective_key UNIQUE (study_id, objective);
ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_pkey PRIMARY KEY (study_system_attribute_id);
ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_study_id_key_key UNIQUE (study_id, key);
ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_pkey PRIMARY KEY (study_user_attribute_id);
ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_study_id_key_key UNIQUE (study_id, key);
ALTER TABLE ONLY public.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_pkey PRIMARY KEY (trial_heartbeat_id);
ALTER TABLE ONLY public.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_trial_id_key UNIQUE (trial_id);
ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_pkey PRIMARY KEY (trial_intermediate_value_id);
ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_trial_id_step_key UNIQUE (trial_id, step);
ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_pkey PRIMARY KEY (param_id);
ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_trial_id_param_name_key UNIQUE (trial_id, param_name);
ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_pkey PRIMARY KEY (trial_system_attribute_id);
ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_trial_id_key_key UNIQUE (trial_id, key);
ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_pkey PRIMARY KEY (trial_user_attribute_id);
ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_trial_id_key_key UNIQUE (trial_id, key);
ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT trial_values_pkey PRIMARY KEY (trial_value_id);
ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT trial_values_trial_id_objective_key UNIQUE (trial_id, objective);
ALTER TABLE ONLY public.trials
    ADD CONSTRAINT trials_pkey PRIMARY KEY (trial_id);
ALTER TABLE ONLY public.dropsearch_claim
    ADD CONSTRAINT uq_dropsearch_claim_study_phase_number UNIQUE (study, phase, number);
ALTER TABLE ONLY public.dropsearch_claim
    ADD CONSTRAINT uq_dropsearch_claim_study_phase_repeat_point UNIQUE (study, phase, repeat, point);
ALTER TABLE ONLY public.dropsearch_study
    ADD CONSTRAINT uq_dropsearch_study_name UNIQUE (name);
ALTER TABLE ONLY public.version_info
    ADD CONSTRAINT version_info_pkey PRIMARY KEY (version_info_id);
CREATE INDEX ix_dropsearch_claim_study_state_phase_number ON public.dropsearch_claim USING btree (study, state, phase, number);
CREATE INDEX ix_dropsearch_study_fingerprint ON public.dropsearch_study USING btree (fingerprint);
CREATE UNIQUE INDEX ix_studies_study_name ON public.studies USING btree (study_name);
CREATE INDEX ix_trials_study_id ON public.trials USING btree (study_id);
ALTER TABLE ONLY public.dropsearch_claim
    ADD CONSTRAINT fk_dropsearch_claim_study FOREIGN KEY (study) REFERENCES public.dropsearch_study(uuid) ON DELETE CASCADE;
ALTER TABLE ONLY public.dropsearch_fold_score
    ADD CONSTRAINT fk_dropsearch_fold_score_claim FOREIGN KEY (claim) REFERENCES public.dropsearch_claim(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.study_directions
    ADD CONSTRAINT study_directions_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);
ALTER TABLE ONLY public.study_system_attributes
    ADD CONSTRAINT study_system_attributes_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);
ALTER TABLE ONLY public.study_user_attributes
    ADD CONSTRAINT study_user_attributes_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);
ALTER TABLE ONLY public.trial_heartbeats
    ADD CONSTRAINT trial_heartbeats_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_intermediate_values
    ADD CONSTRAINT trial_intermediate_values_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_params
    ADD CONSTRAINT trial_params_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_system_attributes
    ADD CONSTRAINT trial_system_attributes_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_user_attributes
    ADD CONSTRAINT trial_user_attributes_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trial_values
    ADD CONSTRAINT trial_values_trial_id_fkey FOREIGN KEY (trial_id) REFERENCES public.trials(trial_id);
ALTER TABLE ONLY public.trials
    ADD CONSTRAINT trials_study_id_fkey FOREIGN KEY (study_id) REFERENCES public.studies(study_id);

